import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import type { ServiceTable } from './datum.gen.ts'

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
const ANSWER_WITHIN_MS = 2000
/** One that works hard may take its time; while it starts, a quick next look matters more. */
const ALIVE_WITHIN_MS = 5000

/**
 * Resolves once the service answers as its datum says; at once where it says nothing.
 *
 * Looks again with a doubling pause, 20 to 500 ms, until the signal aborts.
 */
export async function waitReady(table: ServiceTable, signal: AbortSignal): Promise<void> {
  const { ready_port, ready_url } = table
  const look = { signal, withinMs: ANSWER_WITHIN_MS }
  if (ready_port !== undefined) await repeat(() => accepts(ready_port, look), signal)
  if (ready_url !== undefined) await repeat(() => answers(ready_url, look), signal)
}

/** What is wrong with a service that was ready before; undefined while it answers as its datum says. */
export async function findSilence(
  { ready_port, ready_url }: ServiceTable,
  signal: AbortSignal,
): Promise<string | undefined> {
  const look = { signal, withinMs: ALIVE_WITHIN_MS }
  if (ready_port !== undefined && !(await accepts(ready_port, look))) {
    return `ready_port ${ready_port} does not accept connections`
  }
  if (ready_url !== undefined && !(await answers(ready_url, look))) {
    return 'ready_url does not answer with a 2xx status'
  }
  return undefined
}

/** How long one look may take. */
interface Look {
  readonly signal: AbortSignal
  readonly withinMs: number
}

async function repeat(look: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  let ms = FIRST_PAUSE_MS
  while (!(await look())) {
    await pause(ms, undefined, { signal })
    ms = Math.min(LONGEST_PAUSE_MS, ms * 2)
  }
}

async function accepts(port: number, { withinMs }: Look): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: withinMs })
    const settle = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('timeout', () => settle(false))
  })
}

async function answers(url: string, { signal, withinMs }: Look): Promise<boolean> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  try {
    const { statusCode, body } = await request(url, { signal: limit })
    await body.dump()
    return statusCode >= 200 && statusCode < 300
  } catch {
    return false
  }
}
