import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { B00tError, describePortHolder, messageOf } from '#core'
import { createApi } from './api.ts'
import { createHostCheck } from './host-check.ts'
import { createHttp } from './http-server.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { rankEndpoints } from './rank.ts'
import { addRoutes } from './routes.ts'
import { type SpotlightRecord, spotlightFile } from './spotlight.ts'
import { createSpotlight, type SpotlightWriter } from './spotlight-writer.ts'
import { openState, type RouterState } from './state.ts'

/** How to run one router. */
export interface RouterSettings {
  /** `B00T_HOME`: keys, soul and telemetry live there. */
  readonly home: string
  readonly host: string
  /** 0 lets the kernel choose. */
  readonly port: number
  /** Host names beside the loopback ones under which clients reach it. */
  readonly hosts: readonly string[]
  readonly maxBodyBytes: number
  readonly drainTimeoutMs: number
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Logger
}

/** A router that listens. */
export interface RunningRouter {
  /** E.g. `http://127.0.0.1:5273`. */
  readonly url: string
  /** Takes no new requests, lets those in flight finish until the deadline, then closes. */
  drain(): Promise<void>
}

/** How long a start waits for the first look at backends; later ones go on in the background. */
const FIRST_LOOK_MS = 1000
/** How long a client may pause in the middle of a request body. */
const BODY_IDLE_MS = 60_000

/**
 * Starts a router.
 *
 * @throws B00tError `ROUTER_KEYS_INVALID`, `ROUTER_KEYS_MODE` or `ROUTER_SOUL_INVALID` on files it cannot use,
 *   `ROUTER_LISTEN` if the address is taken
 */
export async function startRouter(settings: RouterSettings): Promise<RunningRouter> {
  const state = openState(settings)
  const telemetry = openTelemetry(settings)
  let draining = false
  const parts = {
    ...state,
    ...telemetry,
    environment: settings.environment,
    isOurHost: createHostCheck(settings.host, settings.hosts),
    maxBodyBytes: settings.maxBodyBytes,
    bodyIdleMs: BODY_IDLE_MS,
    isDraining: () => draining,
  }
  const server = createHttp(createApi(parts))
  addRoutes(server, parts)
  await Promise.race([state.firstLook(), sleep(FIRST_LOOK_MS)])
  logChoice(state, settings.log)
  await listen(server, settings).catch(async (error) => {
    await state.close()
    throw error
  })
  return {
    url: addressOf(server),
    async drain() {
      draining = true
      await waitUntilIdle(telemetry.metrics.inFlight, settings.drainTimeoutMs)
      await closeHttp(server)
      await state.close()
      await telemetry.spotlight.flush()
    },
  }
}

/** What counts requests and writes a line about each. */
interface Telemetry {
  readonly metrics: Metrics
  readonly spotlight: SpotlightWriter
  onBegin(): void
  onEnd(record: SpotlightRecord): void
}

function openTelemetry({ home, log }: RouterSettings): Telemetry {
  const metrics = createMetrics()
  const spotlight = createSpotlight(spotlightFile(home), (error) =>
    log.error({ reason: messageOf(error) }, 'telemetry cannot be written'),
  )
  return {
    metrics,
    spotlight,
    onBegin: metrics.begin,
    onEnd(record) {
      metrics.end(record)
      spotlight.push(record)
    },
  }
}

async function listen(server: FastifyInstance, { host, port }: RouterSettings): Promise<void> {
  try {
    await server.listen({ host, port })
  } catch (error) {
    const { why, hint } = describeListenFailure(error, port)
    throw new B00tError('ROUTER_LISTEN', `Cannot listen on ${host}:${port}: ${why}`, {
      cause: error,
      hint,
    })
  }
}

function describeListenFailure(
  error: unknown,
  port: number,
): { readonly why: string; readonly hint: string } {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return {
        why: `the port is taken by ${describePortHolder(port) ?? 'another program'}`,
        hint: 'End the other program, or choose another port in the router datum.',
      }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { why: 'the host name has no address', hint: CHOOSE_HOST }
    case 'EADDRNOTAVAIL':
      return { why: 'the host is not an address of this machine', hint: CHOOSE_HOST }
    case 'EACCES':
      return { why: 'the port is not allowed', hint: 'Choose a port from 1024 to 65535.' }
    default:
      return { why: messageOf(error), hint: 'Choose another host or port in the router datum.' }
  }
}

const CHOOSE_HOST = 'Choose an address of this machine as the host, e.g. 127.0.0.1.'

function addressOf(server: FastifyInstance): string {
  const { address, family, port } = server.server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

function logChoice({ table }: RouterState, log: Logger): void {
  const { rows } = rankEndpoints(table.prospects(), { embeddings: false })
  for (const { name, rank, url, verdict, reason } of rows) {
    log.info({ endpoint: name, rank, url, verdict, reason }, 'endpoint')
  }
}

async function waitUntilIdle(inFlight: () => number, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (inFlight() > 0 && performance.now() < deadline) await sleep(10)
}

async function closeHttp(server: FastifyInstance): Promise<void> {
  const http: Server = server.server
  const closed = server.close()
  http.closeIdleConnections()
  http.closeAllConnections()
  await closed
}
