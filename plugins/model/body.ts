import type { IncomingMessage } from 'node:http'
import { messageOf } from '#core'
import { refuse } from './refusal.ts'

/** Longest request body, in bytes. */
const LONGEST_BODY = 8 * 1024 * 1024

/**
 * Reads a request's body as JSON.
 *
 * @throws a refusal with status 413 for more than 8 MiB, or 400 for what is not JSON
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > LONGEST_BODY) throw tooLarge()
  const parts: Buffer[] = []
  let length = 0
  // Leaving the loop early must not end the connection: the refusal goes out over it.
  const stream: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
  for await (const part of stream) {
    length += part.length
    if (length > LONGEST_BODY) throw tooLarge()
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch (error) {
    throw refuse(`Cannot read the request: its body is not JSON (${messageOf(error)})`, {
      status: 400,
      code: 'invalid_json',
    })
  }
}

function tooLarge(): Error {
  return refuse(`Cannot read the request: its body is larger than ${LONGEST_BODY} bytes`, {
    status: 413,
    code: 'request_too_large',
  })
}
