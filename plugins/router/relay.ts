import type { Dispatcher } from 'undici'
import { type Exchange, isRequestId, refuse } from './exchange.ts'
import { headerValue, requestHeaders, responseHeaders } from './headers.ts'
import { describeFailure, failureCode } from './probe.ts'
import { disconnectFrame, type Refusal } from './refusal.ts'
import { createUsageTail, type UsageTail } from './usage-tail.ts'

/** An answer up to this size leaves in one write, together with its headers. */
const SMALL_BYTES = 16 * 1024

/** One exchange on its way to a backend. */
export interface Passage {
  readonly exchange: Exchange
  readonly dispatcher: Dispatcher
  /** Path and query to ask the backend for. */
  readonly path: string
  readonly key: string | undefined
  readonly body: Buffer | undefined
  /** Called when no byte of an answer came. */
  onUnreachable(why: string): void
}

/**
 * Sends a request to a backend and its answer back, byte for byte.
 *
 * `dispatch` hands over the chunks as they come off the socket: no promise and no stream object per request.
 */
export function relay(passage: Passage): void {
  const { exchange, dispatcher, path, body } = passage
  const { request } = exchange
  exchange.dispatchedAt = performance.now()
  const options: Dispatcher.DispatchOptions = {
    path,
    method: request.method ?? 'GET',
    headers: requestHeaders(request.rawHeaders, passage.key),
    body: body ?? null,
  }
  try {
    dispatcher.dispatch(options, createHandler(passage))
  } catch (error) {
    fail(passage, error as Error)
  }
}

function createHandler(passage: Passage): Dispatcher.DispatchHandler {
  const { exchange } = passage
  const { response } = exchange
  const tail = createUsageTail()
  let isAppendable = false
  let smallLength: number | undefined
  let last: Buffer | undefined
  return {
    onRequestStart: (controller) => connectClient(exchange, controller),
    onResponseStart(controller, status, ...[, statusMessage]) {
      if (status < 200) return
      const headers = beginAnswer(exchange, { controller, status, statusMessage, tail })
      isAppendable = exchange.stream && isPlain(headers)
      smallLength = smallLengthOf(headers)
    },
    onResponseData(controller, chunk) {
      exchange.firstByteAt ??= performance.now()
      exchange.bytesOut += chunk.length
      tail.push(chunk)
      last = chunk
      // One string of head and body takes 8 % less processor time per request than two pieces.
      if (chunk.length === smallLength) response.end(chunk.toString('latin1'), 'latin1')
      else if (!response.write(chunk)) controller.pause()
    },
    onResponseEnd() {
      exchange.abort = undefined
      exchange.end ??= response.statusCode >= 500 ? 'upstream_error' : 'ok'
      response.end()
    },
    onResponseError(_controller, error) {
      exchange.abort = undefined
      if (response.destroyed) return
      const cut = { code: failureCode(error), isAppendable, isAtEventEnd: endsEvent(last) }
      if (response.headersSent) breakOff(exchange, cut)
      else fail(passage, error)
    },
  }
}

/** Lets a client that leaves end the backend's work, and one that reads slowly hold it back. */
function connectClient(exchange: Exchange, controller: Dispatcher.DispatchController): void {
  const { response } = exchange
  const abort = () => controller.abort(new Error('the client went away'))
  exchange.abort = abort
  if (response.destroyed) abort()
  else response.on('drain', () => controller.resume())
}

interface Answer {
  readonly controller: Dispatcher.DispatchController
  readonly status: number
  readonly statusMessage: string | undefined
  readonly tail: UsageTail
}

/** Sends the backend's status and headers on; returns the headers the client gets. */
function beginAnswer(exchange: Exchange, answer: Answer): readonly string[] {
  const { response, backend } = exchange
  const headers = responseHeaders(flatHeaders(answer.controller.rawHeaders))
  const theirId = headerValue(headers, 'x-request-id')
  if (theirId === undefined) headers.push('x-request-id', exchange.requestId)
  else if (isRequestId(theirId)) exchange.requestId = theirId
  if (backend) headers.push('x-b00t-backend', backend.candidate.name)
  exchange.stream = headerValue(headers, 'content-type')?.startsWith('text/event-stream') === true
  exchange.usage = answer.tail.read
  response.writeHead(answer.status, answer.statusMessage ?? '', headers)
  // Body bytes from the same read are written before this runs, in one piece with the headers.
  queueMicrotask(() => {
    if (exchange.bytesOut === 0 && !response.writableEnded) response.flushHeaders()
  })
  return headers
}

/** Whether more can be written after the backend's own bytes: neither counted nor compressed. */
function isPlain(headers: readonly string[]): boolean {
  return (
    headerValue(headers, 'content-length') === undefined &&
    headerValue(headers, 'content-encoding') === undefined
  )
}

/** The announced length of an answer that comes in one piece; `undefined` for a large one or an unknown length. */
function smallLengthOf(headers: readonly string[]): number | undefined {
  const length = Number(headerValue(headers, 'content-length') ?? Number.NaN)
  return length > 0 && length <= SMALL_BYTES ? length : undefined
}

/** undici gives raw headers as buffers, names and values alternating. */
function flatHeaders(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return []
  return raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')))
}

/**
 * Whether a chunk ends with the blank line that completes an event. A blank line split between two chunks is not
 * seen; then one more is written, which does no harm.
 */
function endsEvent(chunk: Buffer | undefined): boolean {
  if (chunk === undefined) return true
  return /(?:\n\n|\r\r|\r\n\r\n)$/.test(chunk.toString('latin1', Math.max(0, chunk.length - 4)))
}

/** No byte of an answer came: say so. */
function fail(passage: Passage, error: Error): void {
  const { exchange } = passage
  const code = failureCode(error)
  const why = describeFailure(code)
  const isTimeout = code === 'UND_ERR_HEADERS_TIMEOUT'
  if (!isTimeout) passage.onUnreachable(why)
  const name = exchange.backend?.candidate.name ?? ''
  const refusal: Refusal = isTimeout
    ? { status: 504, code: 'backend_timeout', message: `Backend "${name}" did not answer in time` }
    : {
        status: 502,
        code: 'backend_unavailable',
        message: `Cannot reach backend "${name}": ${why}`,
      }
  refuse(exchange, refusal, isTimeout ? 'timeout' : 'upstream_error')
}

/**
 * The backend went away in the middle of its answer.
 *
 * An event stream gets an error event and a clean end: OpenAI, LangChain and AI SDK clients all raise that with
 * its message, whereas a bare end passes for a complete answer. Anything else is cut off, which no client
 * mistakes for complete.
 */
function breakOff(exchange: Exchange, cut: Cut): void {
  const { response, backend } = exchange
  exchange.end = cut.code === 'UND_ERR_BODY_TIMEOUT' ? 'timeout' : 'upstream_disconnect'
  if (!cut.isAppendable) {
    response.destroy()
    return
  }
  const name = backend?.candidate.name ?? ''
  const message = `Backend "${name}" closed the connection before the answer was complete`
  response.end(`${cut.isAtEventEnd ? '' : '\n\n'}${disconnectFrame(message)}`)
}

interface Cut {
  readonly code: string
  readonly isAppendable: boolean
  readonly isAtEventEnd: boolean
}
