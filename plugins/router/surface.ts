import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import {
  type Datum,
  type Host,
  type MaintenanceAction,
  type ProcessSurface,
  processSurface,
} from '#core'
import type { RouterTable } from './datum.gen.ts'
import { DEFAULTS, type RouterDefaults } from './settings.ts'

const SERVE = fileURLToPath(new URL('./serve.ts', import.meta.url))
const POLL_MS = 50
/** How soon a damaged key file or soul shows in `b00t status`. */
const LOOK_EVERY_MS = 2000
/** A router under full load answers late; one that is stuck answers never. */
const ANSWER_WITHIN_MS = 10_000

/**
 * Variables a router gets beside the usual ones: the override, and every one that a backend datum may name.
 *
 * Soul and datums name the variables of backend keys and may change while the router runs, so the pattern
 * decides, not today's names. The same pattern stands in `schemas/backend.schema.json`.
 */
const PASSED =
  /^(?:B00T_SERVER_UPSTREAM_URL|NODE_EXTRA_CA_CERTS|[A-Za-z_][A-Za-z0-9_]*_(?:KEY|TOKEN))$/

/** The router's process as a surface. */
export function createRouterSurface(
  datum: Datum<RouterTable>,
  host: Host,
  keyVariables: () => readonly string[],
): ProcessSurface {
  const table = { ...DEFAULTS, ...datum.table }
  return processSurface({
    requirements: () => [{ kind: 'port', port: table.port, host: table.host }],
    command: () => ({
      argv: [process.execPath, SERVE, ...serveArguments(host.home, table)],
      environment: routerEnvironment(host.environment, keyVariables()),
    }),
    ready: (_, run) => waitForAnswer(localUrl(table), run.signal),
    consumesEndpoints: true,
    endpoints: () => [{ protocol: 'router', url: localUrl(table), models: [], tier: 'local' }],
    maintainEveryMs: LOOK_EVERY_MS,
    maintain: () => look(localUrl(table)),
  })
}

/** The command line of the router's process. */
export function serveArguments(home: string, table: RouterDefaults): readonly string[] {
  return [
    ...['--home', home, '--host', table.host, '--port', String(table.port)],
    ...table.hosts.flatMap((name) => ['--allow-host', name]),
    ...['--max-body-bytes', String(table.max_body_bytes)],
    ...['--drain-timeout-s', String(table.drain_timeout_s)],
  ]
}

/** The part of an environment that the router may see. */
export function routerEnvironment(
  environment: Host['environment'],
  keyVariables: readonly string[],
): Record<string, string> {
  const isPassed = (name: string) => PASSED.test(name) || keyVariables.includes(name)
  const entries = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    value !== undefined && isPassed(name) ? [[name, value]] : [],
  )
  return Object.fromEntries(entries)
}

/** Where this machine reaches a router; a wildcard address is reached over loopback. */
export function localUrl({ host, port }: Pick<RouterDefaults, 'host' | 'port'>): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`
  if (host === '::') return `http://[::1]:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function waitForAnswer(url: string, signal: AbortSignal): Promise<void> {
  while (!(await isAlive(url))) await sleep(POLL_MS, undefined, { signal })
}

async function isAlive(url: string): Promise<boolean> {
  return (await ask(`${url}/healthz`)) !== undefined
}

/** A router that works on with the last good files says so under `problems` of `/readyz`. */
async function look(url: string): Promise<MaintenanceAction> {
  const ready = (await ask(`${url}/readyz`)) as { problems?: readonly string[] } | undefined
  if (!ready) return { action: 'restart', reason: 'it does not answer' }
  const { problems = [] } = ready
  return problems.length === 0
    ? { action: 'none' }
    : { action: 'none', problem: problems.join('; ') }
}

/** The JSON answer of a router that is not too busy to give one; `undefined` where none comes. */
async function ask(url: string): Promise<unknown> {
  try {
    const limit = { headersTimeout: ANSWER_WITHIN_MS, bodyTimeout: ANSWER_WITHIN_MS }
    const { statusCode, body } = await request(url, limit)
    const answer = await body.json()
    return statusCode === 200 || statusCode === 503 ? answer : undefined
  } catch {
    return undefined
  }
}
