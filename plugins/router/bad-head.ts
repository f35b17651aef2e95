import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Refusal, refusalBody } from './refusal.ts'

const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

/** Answers what Node cannot read as HTTP, and keeps out of answers that have begun. */
export interface BadHeadHandler {
  /** Remembers which answer a connection is busy with. */
  note(request: IncomingMessage, response: ServerResponse): void
  /** For the event `clientError`: answers and closes the connection. */
  answer(error: Error & { readonly code?: string }, socket: Socket): void
}

/** Starts with no connections. */
export function createBadHeadHandler(): BadHeadHandler {
  const latest = new WeakMap<Socket, ServerResponse>()
  return {
    note: (request, response) => void latest.set(request.socket, response),
    answer(error, socket) {
      const response = latest.get(socket)
      // Our bytes in the middle of another answer would be taken for a part of it.
      const isBusy = response?.headersSent === true && !response.writableFinished
      if (socket.writable && !isBusy && error.code !== 'ECONNRESET') {
        socket.write(rawAnswer(refusalOf(error.code)))
      }
      socket.destroySoon()
    },
  }
}

/** What a client is told for the code of a parser's error. */
function refusalOf(code: string | undefined): Refusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        code: 'headers_too_large',
        message: 'The request headers are too large',
      }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        code: 'request_timeout',
        message: 'The head of the request did not come in time; send it again',
      }
    default:
      return { status: 400, code: 'bad_request', message: 'The request is not valid HTTP' }
  }
}

function rawAnswer(refusal: Refusal): string {
  const body = refusalBody(refusal)
  return [
    `HTTP/1.1 ${refusal.status} ${PHRASES[refusal.status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'x-b00t-error: router',
    `x-request-id: ${randomUUID()}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
