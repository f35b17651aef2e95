/** Signals that ask a program in the foreground to end. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** One Ctrl-C can arrive twice: from the terminal, and from `npm`, which passes on what it gets itself. */
const SAME_PRESS_MS = 500

/**
 * Calls back for each signal that asks to end, with its number from 1 on; from then on none ends the process by
 * itself. What follows within half a second counts as the same press, so that a key held down is one.
 */
export function onInterrupt(react: (count: number) => void): void {
  let count = 0
  let last = Number.NEGATIVE_INFINITY
  const hear = () => {
    const now = performance.now()
    const isSame = now - last < SAME_PRESS_MS
    last = now
    if (!isSame) react(++count)
  }
  for (const signal of END_SIGNALS) process.on(signal, hear)
}
