const LOOK_EVERY_MS = 1000

/**
 * Calls back once the process that started this one has ended, where that was done for npm: npm ends on SIGTERM
 * without passing it on to whatever it runs.
 */
export function onNpmGone(
  environment: Readonly<Record<string, string | undefined>>,
  act: () => void,
): void {
  if (!environment.npm_lifecycle_event) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    act()
  }, LOOK_EVERY_MS).unref()
}
