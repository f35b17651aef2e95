import type { IncomingMessage, ServerResponse } from 'node:http'

/** An answer of the router itself, in the shape that OpenAI clients turn into their error classes. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
  /** The request field at fault. */
  readonly param?: string
  /** Response headers beside the usual ones, flat: name, value, name, value. */
  readonly headers?: readonly string[]
}

/** Bytes and milliseconds of a refused upload that are read and dropped before the connection closes. */
const LINGER_BYTES = 1024 * 1024
const LINGER_MS = 1000

/** The one answer to every request without a valid key: the same for a missing, wrong, revoked or expired one. */
export const UNAUTHORIZED: Refusal = {
  status: 401,
  code: 'invalid_api_key',
  message:
    'A valid API key is required: send "Authorization: Bearer b00t-sk-…"; make one with "b00t server key create"',
  headers: ['www-authenticate', 'Bearer'],
}

/** The JSON text of a refusal, with all four fields. */
export function refusalBody(refusal: Refusal): string {
  return JSON.stringify({
    error: {
      message: refusal.message,
      type: refusal.status < 500 ? 'invalid_request_error' : 'server_error',
      param: refusal.param ?? null,
      code: refusal.code,
    },
  })
}

/** The error event that ends a stream whose backend went away. */
export function disconnectFrame(message: string): string {
  const error = { message, type: 'upstream_error', param: null, code: 'upstream_disconnected' }
  return `data: ${JSON.stringify({ error })}\n\n`
}

/** Sends a refusal and closes the connection if the request's body has not been read. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refusal & { readonly requestId: string },
): void {
  const body = Buffer.from(refusalBody(refusal))
  const unread = !request.complete && hasBody(request)
  response.writeHead(refusal.status, [
    ...['content-type', 'application/json; charset=utf-8', 'content-length', String(body.length)],
    ...['x-b00t-error', 'router', 'x-request-id', refusal.requestId],
    ...(unread ? ['connection', 'close'] : []),
    ...(refusal.headers ?? []),
  ])
  if (!unread) {
    response.end(body)
    return
  }
  response.write(body)
  linger(request, () => response.end())
}

/** Whether the request announces a body. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length ?? '0') !== '0'
}

/** Closing a socket with unread bytes resets it, and the client may lose the answer: read on for a moment. */
function linger(request: IncomingMessage, close: () => void): void {
  if (request.headers.expect !== undefined) {
    close()
    return
  }
  let dropped = 0
  const timer = setTimeout(close, LINGER_MS)
  const finish = () => {
    clearTimeout(timer)
    close()
  }
  request.on('data', (chunk: Buffer) => {
    dropped += chunk.length
    if (dropped > LINGER_BYTES) finish()
  })
  request.once('end', finish)
  request.once('close', finish)
}
