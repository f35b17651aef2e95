import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Key } from './key.ts'
import type { Prospect } from './rank.ts'
import { type Refusal, sendRefusal } from './refusal.ts'
import { type End, eventOf, type SpotlightRecord } from './spotlight.ts'
import { describeRoute } from './target.ts'
import type { Usage } from './usage-tail.ts'

/** One request and its answer, and the facts that telemetry wants of it. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The id the client sees; a backend's own takes its place once it answers. */
  requestId: string
  key: Key | undefined
  model: string | undefined
  backend: Prospect | undefined
  stream: boolean
  bytesIn: number
  bytesOut: number
  /** `performance.now()` when the search for an endpoint began and ended, and at the first body byte. */
  queuedAt: number | undefined
  dispatchedAt: number | undefined
  firstByteAt: number | undefined
  usage: (() => Usage) | undefined
  end: End | undefined
  /** Set while a backend works for it; called when the client goes away. */
  abort: (() => void) | undefined
}

/** Opens an exchange; `onEnd` is called exactly once, when the response is finished or the client is gone. */
export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  onEnd: (record: SpotlightRecord) => void,
): Exchange {
  const arrived = { date: new Date(), at: performance.now() }
  const exchange: Exchange = {
    request,
    response,
    requestId: requestIdOf(request),
    key: undefined,
    model: undefined,
    backend: undefined,
    stream: false,
    bytesIn: 0,
    bytesOut: 0,
    queuedAt: undefined,
    dispatchedAt: undefined,
    firstByteAt: undefined,
    usage: undefined,
    end: undefined,
    abort: undefined,
  }
  // What fails here is told by 'close'; an error without a listener would end the process.
  request.on('error', () => undefined)
  response.on('error', () => undefined)
  response.once('close', () => {
    if (!response.writableFinished) {
      exchange.end ??= 'client_abort'
      exchange.abort?.()
    }
    onEnd(describe(exchange, arrived))
  })
  return exchange
}

/** Answers an exchange with an error of our own; an answer that has begun is cut off instead. */
export function refuse(exchange: Exchange, refusal: Refusal, end: End = 'rejected'): void {
  const { request, response, requestId } = exchange
  if (response.writableEnded || response.destroyed) return
  exchange.end ??= end
  if (response.headersSent) {
    response.destroy()
    return
  }
  sendRefusal(request, response, {
    ...refusal,
    requestId,
    headers: [
      ...(refusal.headers ?? []),
      ...(exchange.backend ? ['x-b00t-backend', exchange.backend.candidate.name] : []),
    ],
  })
}

function requestIdOf(request: IncomingMessage): string {
  const sent = request.headers['x-request-id']
  return typeof sent === 'string' && isRequestId(sent) ? sent : randomUUID()
}

/** Whether a text from outside may stand in our files as the id of a request. */
export function isRequestId(text: string): boolean {
  return /^[\w.:-]{1,128}$/.test(text)
}

function describe(
  exchange: Exchange,
  arrived: { readonly date: Date; readonly at: number },
): SpotlightRecord {
  const { key, backend, response, queuedAt, dispatchedAt, firstByteAt } = exchange
  const usage = exchange.usage?.()
  const endpoint = describeRoute(exchange.request.url ?? '')
  return {
    ts: arrived.date.toISOString(),
    event: eventOf(endpoint),
    request_id: exchange.requestId,
    consumer: key?.consumer ?? null,
    key_id: key?.id ?? null,
    endpoint,
    model: exchange.model?.slice(0, 200) ?? null,
    backend: backend?.candidate.name ?? null,
    status: response.headersSent ? response.statusCode : 499,
    stream: exchange.stream,
    latency_ms: round(performance.now() - arrived.at),
    ttft_ms: firstByteAt === undefined ? null : round(firstByteAt - arrived.at),
    queue_ms: round((dispatchedAt ?? 0) - (queuedAt ?? dispatchedAt ?? 0)),
    prompt_tokens: usage?.prompt ?? null,
    completion_tokens: usage?.completion ?? null,
    bytes_in: exchange.bytesIn,
    bytes_out: exchange.bytesOut,
    end: exchange.end ?? 'ok',
  }
}

function round(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds * 100) / 100)
}
