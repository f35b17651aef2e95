import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import type { ServiceTable } from './datum.gen.ts'

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
const ANSWER_WITHIN_MS = 2000

/**
 * Resolves once the service answers as its datum says; at once where it says nothing.
 *
 * Looks again with a doubling pause, 20 to 500 ms, until the signal aborts.
 */
export async function waitReady(table: ServiceTable, signal: AbortSignal): Promise<void> {
  const { ready_port, ready_url } = table
  if (ready_port !== undefined) await repeat(() => accepts(ready_port), signal)
  if (ready_url !== undefined) await repeat(() => answers(ready_url, signal), signal)
}

async function repeat(look: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  let ms = FIRST_PAUSE_MS
  while (!(await look())) {
    await pause(ms, undefined, { signal })
    ms = Math.min(LONGEST_PAUSE_MS, ms * 2)
  }
}

async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: ANSWER_WITHIN_MS })
    const settle = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('timeout', () => settle(false))
  })
}

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
  try {
    const { statusCode, body } = await request(url, { signal: limit })
    await body.dump()
    return statusCode >= 200 && statusCode < 300
  } catch {
    signal.throwIfAborted()
    return false
  }
}
