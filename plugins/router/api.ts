import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EndpointTable } from './endpoint-table.ts'
import { type Exchange, openExchange, refuse } from './exchange.ts'
import { type Admitted, admit, type GateParts, tooLarge } from './gate.ts'
import { joinedValues } from './headers.ts'
import { keyOf, type LookInput } from './looks.ts'
import { joinModelLists } from './model-list.ts'
import { checkModel } from './model-rules.ts'
import type { Pools } from './pools.ts'
import type { Prospect, Ranking } from './rank.ts'
import type { Refusal } from './refusal.ts'
import { relay } from './relay.ts'
import { type BodyLimits, readBody } from './request-body.ts'
import { type RequestedModel, readModel } from './requested-model.ts'
import type { SpotlightRecord } from './spotlight.ts'
import { backendPath, type Target } from './target.ts'

/** What the API needs of the rest of the router. */
export interface ApiParts extends GateParts, BodyLimits {
  readonly table: EndpointTable
  readonly pools: Pools
  readonly environment: LookInput['environment']
  readonly onBegin: () => void
  readonly onEnd: (record: SpotlightRecord) => void
}

/** Serves one request below `/v1`. `awaitsContinue`: the client waits for "100 Continue" before it sends the body. */
export type ApiHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
) => void

/** Makes the handler of everything below `/v1`. */
export function createApi(parts: ApiParts): ApiHandler {
  return (request, response, awaitsContinue) => {
    parts.onBegin()
    const exchange = openExchange(request, response, parts.onEnd)
    const admission = admit(parts, exchange)
    if ('status' in admission) {
      refuse(exchange, admission)
      return
    }
    if (awaitsContinue) response.writeContinue()
    serve(parts, admission).catch((error: Error) => {
      refuse(exchange, internalError(error), 'upstream_error')
    })
  }
}

async function serve(parts: ApiParts, admitted: Admitted): Promise<void> {
  const { exchange, target } = admitted
  const reading = await readBody(exchange.request, parts)
  if (reading.outcome === 'gone') return
  if (reading.outcome === 'stalled') return refuse(exchange, STALLED, 'timeout')
  if (reading.outcome === 'too_large') return refuse(exchange, tooLarge(parts.maxBodyBytes))
  const { body } = reading
  exchange.bytesIn = body?.length ?? 0
  const asked = askedModel(exchange, target, body)
  exchange.model = asked.model
  const refusal = checkModel(admitted, asked)
  if (refusal !== undefined) return refuse(exchange, refusal)
  if (isModelList(admitted) && (await answerModelList(parts, admitted))) return
  await passOn(parts, admitted, body)
}

function askedModel(exchange: Exchange, target: Target, body: Buffer | undefined): RequestedModel {
  const { method = '', headers, rawHeaders } = exchange.request
  return readModel({
    method,
    route: target.route,
    query: target.search.slice(1),
    // Node keeps the first of two, a backend perhaps the second.
    contentType: joinedValues(rawHeaders, 'content-type'),
    contentEncoding: headers['content-encoding'],
    body,
  })
}

function isModelList({ exchange, target }: Admitted): boolean {
  return exchange.request.method === 'GET' && /^models\/?$/.test(target.route)
}

/** Answers with the joined list; false if there is exactly one endpoint, whose own list is passed through. */
async function answerModelList(parts: ApiParts, { exchange, key }: Admitted): Promise<boolean> {
  const { table } = parts
  const { rows } = await table.choose({ embeddings: false })
  const usable = table.usable()
  // Passed through, a list would show a limited key more than it may see.
  if (usable.length === 0 && key.models !== undefined) {
    refuse(exchange, nothingUsable(rows), 'upstream_error')
    return true
  }
  if (usable.length === 0 || (usable.length === 1 && key.models === undefined)) return false
  const body = Buffer.from(JSON.stringify(joinModelLists(usable, key)))
  exchange.bytesOut = body.length
  exchange.response
    .writeHead(200, [
      ...['content-type', 'application/json; charset=utf-8'],
      ...['content-length', String(body.length), 'x-request-id', exchange.requestId],
    ])
    .end(body)
  return true
}

async function passOn(
  parts: ApiParts,
  { exchange, target }: Admitted,
  body: Buffer | undefined,
): Promise<void> {
  const { table, pools } = parts
  exchange.queuedAt = performance.now()
  const embeddings = /^embeddings\/?$/.test(target.route)
  const wanted = { embeddings, ...(exchange.model ? { model: exchange.model } : {}) }
  const choice = table.choose(wanted)
  const { chosen, rows } = choice instanceof Promise ? await choice : choice
  const backend = chosen ?? findOverride(table)
  if (backend === undefined) return refuse(exchange, nothingUsable(rows), 'upstream_error')
  exchange.backend = backend
  const { candidate, health } = backend
  if (candidate.unusable !== undefined) {
    return refuse(exchange, wrongOverride(candidate.unusable), 'upstream_error')
  }
  const { dispatcher, basePath } = pools.get({ url: health.url, socketPath: candidate.socketPath })
  relay({
    exchange,
    dispatcher,
    path: backendPath(basePath, target),
    key: keyOf(candidate, parts.environment),
    body,
    onUnreachable: (why) => table.reportFailure(backend, why),
  })
}

/** An override that does not look usable is tried all the same: requests fail loudly and go nowhere else. */
function findOverride(table: EndpointTable): Prospect | undefined {
  return table.prospects().find(({ candidate }) => candidate.rank === 'override')
}

const STALLED: Refusal = {
  status: 408,
  code: 'request_timeout',
  message: 'The rest of the request body did not come in time; send it again',
}

function nothingUsable(rows: Ranking['rows']): Refusal {
  const tried = rows.map((row) => `${row.name}: ${row.reason}`).join('; ')
  return {
    status: 503,
    code: 'backend_unavailable',
    message: `No backend can be used now. ${tried || 'None is configured'}`,
    headers: ['retry-after', '2'],
  }
}

function wrongOverride(why: string): Refusal {
  return { status: 502, code: 'backend_unavailable', message: `Cannot use the override: ${why}` }
}

function internalError(error: Error): Refusal {
  return { status: 500, code: 'internal_error', message: `The router failed: ${error.name}` }
}
