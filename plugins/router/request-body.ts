import type { IncomingMessage } from 'node:http'
import { hasBody } from './refusal.ts'

/** A body read to its end, or why not. */
export type BodyReading =
  | { readonly outcome: 'read'; readonly body: Buffer | undefined }
  | { readonly outcome: 'too_large' }
  | { readonly outcome: 'gone' }

/** Whether the announced length alone is over the limit. */
export function announcesTooMuch(request: IncomingMessage, maxBytes: number): boolean {
  return Number(request.headers['content-length'] ?? 0) > maxBytes
}

/** Reads a request's body, at most `maxBytes` of it. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<BodyReading> {
  if (!hasBody(request)) return Promise.resolve({ outcome: 'read', body: undefined })
  if (announcesTooMuch(request, maxBytes)) return Promise.resolve({ outcome: 'too_large' })
  const { promise, resolve } = Promise.withResolvers<BodyReading>()
  const chunks: Buffer[] = []
  let size = 0
  const take = (chunk: Buffer) => {
    size += chunk.length
    chunks.push(chunk)
    if (size <= maxBytes) return
    request.off('data', take)
    resolve({ outcome: 'too_large' })
  }
  request.on('data', take)
  request.once('end', () => {
    const [first] = chunks
    const body = chunks.length === 1 && first ? first : Buffer.concat(chunks)
    resolve({ outcome: 'read', body })
  })
  request.once('close', () => resolve({ outcome: 'gone' }))
  request.once('error', () => resolve({ outcome: 'gone' }))
  return promise
}
