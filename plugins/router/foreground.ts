import { type RouterSettings, startRouter } from './server.ts'

/** A router that runs until it is told to stop. */
export interface ForegroundRun extends RouterSettings {
  /** Aborts when it should drain. */
  readonly stop: AbortSignal
  /** Aborts when it should not wait for anyone any more. */
  readonly kill?: AbortSignal
  /** Called once it accepts requests. */
  ready(url: string): void
}

/**
 * Runs a router until `stop`, then drains it.
 *
 * @throws what {@link startRouter} throws
 */
export async function runUntilStopped(run: ForegroundRun): Promise<void> {
  const router = await startRouter(run)
  run.log.info({ url: router.url }, 'ready')
  run.ready(router.url)
  await aborted(run.stop)
  run.log.info('draining')
  await Promise.race([router.drain(), ...(run.kill ? [aborted(run.kill)] : [])])
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
