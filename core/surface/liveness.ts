import type { Handle, MaintenanceAction, Run } from './contract.ts'

/** Pause between two looks, in milliseconds. */
const LOOK_EVERY_MS = 10_000

/** A busy program may miss a look or two; one that hangs misses them all. */
const LOOKS_MISSED_MOST = 3

/** The members of a surface that is looked at while it runs. */
export interface Liveness<H extends Handle> {
  readonly maintainEveryMs: number
  maintain(handle: H, run: Run): Promise<MaintenanceAction>
}

/**
 * Looks at something that runs every ten seconds; what fails three looks in a row is to be restarted.
 *
 * A failed look before that is told as a problem. Looks are counted per handle, and one that a stop interrupts
 * does not count.
 *
 * @param look - resolves to what is wrong, as part of a sentence, or to undefined; must itself end within seconds
 */
export function watchLiveness<H extends Handle>(
  look: (handle: H, run: Run) => Promise<string | undefined>,
): Liveness<H> {
  const missed = new WeakMap<H, number>()
  return {
    maintainEveryMs: LOOK_EVERY_MS,
    async maintain(handle, run) {
      const problem = await look(handle, run)
      if (run.signal.aborted) return { action: 'none' }
      const count = problem === undefined ? 0 : (missed.get(handle) ?? 0) + 1
      missed.set(handle, count)
      if (problem === undefined) return { action: 'none' }
      if (count < LOOKS_MISSED_MOST) return { action: 'none', problem }
      return { action: 'restart', reason: `${problem}, ${count} looks in a row` }
    },
  }
}
