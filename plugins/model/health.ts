import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** Pause between two looks, in milliseconds. */
const LOOK_EVERY_MS = 50

/** A healthy server answers at once, except while it computes on the only core. */
const ANSWER_WITHIN_MS = 5_000

/** Resolves as soon as the server on the socket answers; rejects with the signal's reason. */
export async function awaitHealth(socketPath: string, signal: AbortSignal): Promise<void> {
  while (!(await isHealthy(socketPath, signal))) {
    await pause(LOOK_EVERY_MS, undefined, { signal })
  }
}

/** Whether the server on the socket answers `GET /health` with 200. */
export async function isHealthy(socketPath: string, signal: AbortSignal): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
  return new Promise((resolve) => {
    const call = request({ socketPath, path: '/health', signal: limit, agent: false })
    call.once('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    call.once('error', () => resolve(false))
    call.end()
  })
}
