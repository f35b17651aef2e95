import type { IncomingMessage } from 'node:http'
import { hasBody } from './refusal.ts'

/** A body read to its end, or why not. */
export type BodyReading =
  | { readonly outcome: 'read'; readonly body: Buffer | undefined }
  | { readonly outcome: 'too_large' }
  | { readonly outcome: 'stalled' }
  | { readonly outcome: 'gone' }

/** What a client may send. */
export interface BodyLimits {
  readonly maxBodyBytes: number
  /** Milliseconds without a byte after which the rest is not waited for. */
  readonly bodyIdleMs: number
}

/** Whether the announced length alone is over the limit. */
export function announcesTooMuch(request: IncomingMessage, maxBytes: number): boolean {
  return Number(request.headers['content-length'] ?? 0) > maxBytes
}

/** Reads a request's body within its limits. */
export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<BodyReading> {
  const { maxBodyBytes, bodyIdleMs } = limits
  if (!hasBody(request)) return Promise.resolve({ outcome: 'read', body: undefined })
  if (announcesTooMuch(request, maxBodyBytes)) return Promise.resolve({ outcome: 'too_large' })
  const { promise, resolve } = Promise.withResolvers<BodyReading>()
  const chunks: Buffer[] = []
  let size = 0
  const settle = (reading: BodyReading) => {
    clearTimeout(timer)
    request.off('data', take)
    resolve(reading)
  }
  const timer = setTimeout(settle, bodyIdleMs, { outcome: 'stalled' })
  function take(chunk: Buffer): void {
    timer.refresh()
    size += chunk.length
    chunks.push(chunk)
    if (size > maxBodyBytes) settle({ outcome: 'too_large' })
  }
  request.on('data', take)
  request.once('end', () => {
    const [first] = chunks
    const body = chunks.length === 1 && first ? first : Buffer.concat(chunks)
    settle({ outcome: 'read', body })
  })
  request.once('close', () => settle({ outcome: 'gone' }))
  request.once('error', () => settle({ outcome: 'gone' }))
  return promise
}
