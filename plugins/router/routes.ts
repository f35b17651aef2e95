import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { EndpointTable } from './endpoint-table.ts'
import { type HostCheck, isThisMachine } from './host-check.ts'
import { findKey, type KeySet, readCredential } from './key.ts'
import type { Metrics } from './metrics.ts'
import { rankEndpoints } from './rank.ts'
import { type Refusal, refusalBody, UNAUTHORIZED } from './refusal.ts'
import { type Explanation, toExplanation } from './running-router.ts'
import type { SpotlightWriter } from './spotlight-writer.ts'

/** What the routes beside the API show. */
export interface RouteParts {
  readonly keys: () => KeySet
  readonly table: EndpointTable
  readonly isOurHost: HostCheck
  readonly metrics: Metrics
  readonly spotlight: SpotlightWriter
  readonly isDraining: () => boolean
  /** What is wrong with the files the router reads. */
  readonly problems: () => readonly string[]
}

/** Adds `/healthz`, `/readyz` and `/metrics`; everything that is not the API ends up here. */
export function addRoutes(server: FastifyInstance, parts: RouteParts): void {
  server.addHook('onRequest', async (request, reply) => {
    if (parts.isOurHost(request.headers.host)) return
    const message = 'This host name is not one of the router'
    await send(reply, { status: 403, code: 'host_not_allowed', message })
  })
  server.setNotFoundHandler((_, reply) => {
    const message = 'No such route: the API is below /v1/'
    return send(reply, { status: 404, code: 'not_found', message })
  })
  server.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    const status = error.statusCode ?? 500
    const message = status < 500 ? 'The request cannot be read' : `The router failed: ${error.name}`
    return send(reply, { status, code: status < 500 ? 'bad_request' : 'internal_error', message })
  })
  server.get('/healthz', async () => ({ status: 'alive' }))
  server.get('/readyz', async (request, reply) => {
    const { model } = request.query as { model?: unknown }
    const mayKnow = mayLook(parts, request)
    const explanation =
      mayKnow && typeof model === 'string' ? { explanation: await explain(parts, model) } : {}
    const status = statusOf(parts)
    reply.code(status === 'ready' ? 200 : 503)
    return mayKnow ? { status, ...describe(parts), ...explanation } : { status }
  })
  server.get('/metrics', (request, reply) => {
    if (!mayLook(parts, request)) return send(reply, UNAUTHORIZED)
    reply.type('text/plain; version=0.0.4')
    return reply.send(
      parts.metrics.render({
        prospects: parts.table.prospects(),
        spotlight: parts.spotlight.counts(),
      }),
    )
  })
}

function statusOf({ isDraining, table }: RouteParts): 'draining' | 'ready' | 'unready' {
  if (isDraining()) return 'draining'
  return table.usable().length > 0 ? 'ready' : 'unready'
}

/** What a request for this model would meet right now. */
async function explain({ table }: RouteParts, model: string): Promise<Explanation> {
  return toExplanation(model, await table.choose({ model, embeddings: false }))
}

function describe({ table, problems }: RouteParts): object {
  const { rows } = rankEndpoints(table.prospects(), { embeddings: false })
  const endpoints = rows.map(({ name, rank, verdict, reason }) => {
    const usable = verdict !== 'skipped'
    return { name, rank, usable, ...(usable ? {} : { reason }) }
  })
  return { endpoints, problems: problems() }
}

/** Names of backends and counts are for this machine, or for whoever holds a key; every role may look. */
function mayLook(parts: RouteParts, request: FastifyRequest): boolean {
  if (isThisMachine(request.raw.socket)) return true
  const token = readCredential(request.raw.rawHeaders) ?? ''
  return findKey(parts.keys(), token, Date.now()) !== undefined
}

function send(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply
    .code(refusal.status)
    .header('x-b00t-error', 'router')
    .type('application/json; charset=utf-8')
    .send(refusalBody(refusal))
}
