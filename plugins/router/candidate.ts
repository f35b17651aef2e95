import type { Endpoint } from '#core'
import { baseUrlFault, isBaseUrl } from './base-url.ts'
import type { LocalBackend, RemoteBackend, Soul } from './soul.ts'

/** An endpoint that a running surface publishes, as the supervisor tells it. */
export interface SurfaceEndpoint extends Endpoint {
  readonly surface: string
}

/** A place that could serve requests, before anyone looked whether it does. */
export interface Candidate {
  readonly name: string
  readonly rank: Rank
  /** An embeddings server gets other requests only if it lists their model. */
  readonly kind: 'openai' | 'embeddings'
  /** Base URLs to try in turn, without a trailing slash. */
  readonly urls: readonly string[]
  readonly socketPath?: string
  /** The variable with the key to send; the key itself is looked up when it is needed. */
  readonly keyEnv?: string
  /** Models it is known to serve. */
  readonly models: readonly string[]
  /** Why it cannot be used at all, whatever answers there. */
  readonly unusable?: string
}

/** Where a candidate stands in the order; earlier ranks are tried first. */
type Rank = 'override' | 'local' | 'remote' | 'embedded'

/** What the candidates are made of. */
export interface Sources {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly soul: Soul
  readonly surfaces: readonly SurfaceEndpoint[]
}

const URL_VARIABLE = 'B00T_SERVER_UPSTREAM_URL'
const KEY_VARIABLE = 'B00T_SERVER_UPSTREAM_KEY'

/** A variable's value without surrounding space; an empty one counts as unset. */
export function readVariable(
  environment: Sources['environment'],
  name: string,
): string | undefined {
  return environment[name]?.trim() || undefined
}

/** All candidates in the order in which they are tried: override, local, remote, embedded. */
export function listCandidates(sources: Sources): readonly Candidate[] {
  const surfaces = sources.surfaces
    .filter((surface) => surface.protocol === 'openai')
    .map((surface) => fromSurface(surface, sources.environment))
  const ofTier = (tier: Rank) => surfaces.filter((candidate) => candidate.rank === tier)
  return [
    ...fromOverride(sources.environment),
    ...ofTier('local'),
    ...sources.soul.local.map(fromLocal),
    ...ofTier('remote'),
    ...sources.soul.remote.map((backend) => fromRemote(backend, sources.environment)),
    ...ofTier('embedded'),
  ]
}

/** Why the override that is set cannot be one; never quotes it, because it may hold a password. */
export function overrideProblem(environment: Sources['environment']): string | undefined {
  const fault = baseUrlFault(readVariable(environment, URL_VARIABLE) ?? 'http://unset')
  return fault && `${URL_VARIABLE} ${fault}`
}

function fromOverride(environment: Sources['environment']): readonly Candidate[] {
  const url = readVariable(environment, URL_VARIABLE)
  if (url === undefined) return []
  const base = { name: 'override', rank: 'override', kind: 'openai', models: [] } as const
  const unusable = overrideProblem(environment)
  if (unusable !== undefined) return [{ ...base, urls: [], unusable }]
  const hasKey = readVariable(environment, KEY_VARIABLE) !== undefined
  return [{ ...base, urls: [baseUrl(url)], ...(hasKey ? { keyEnv: KEY_VARIABLE } : {}) }]
}

function fromSurface(surface: SurfaceEndpoint, environment: Sources['environment']): Candidate {
  const { keyEnv, socketPath } = surface
  return {
    name: surface.surface,
    rank: surface.tier,
    kind: 'openai',
    urls: isBaseUrl(surface.url) ? [baseUrl(surface.url)] : [],
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(keyEnv === undefined ? {} : { keyEnv }),
    models: surface.models,
    ...whyUnusable(
      isBaseUrl(surface.url) || 'its URL is not an http or https URL',
      keyEnv === undefined || hasValue(environment, keyEnv),
    ),
  }
}

function fromLocal(backend: LocalBackend): Candidate {
  const hosts = backend.host === undefined ? ['127.0.0.1', '[::1]'] : [urlHost(backend.host)]
  return {
    name: backend.name,
    rank: 'local',
    kind: backend.kind === 'embeddings' ? 'embeddings' : 'openai',
    urls: hosts.map((host) => `http://${host}:${backend.port}/v1`),
    models: backend.models,
    ...whyUnusable(
      backend.enabled || 'it is switched off in the soul',
      backend.port !== 0 || 'port 0 is only known while it runs; write the port into the soul',
    ),
  }
}

function fromRemote(backend: RemoteBackend, environment: Sources['environment']): Candidate {
  return {
    name: backend.name,
    rank: 'remote',
    kind: 'openai',
    urls: [baseUrl(backend.baseUrl)],
    keyEnv: backend.keyEnv,
    models: [],
    ...whyUnusable(hasValue(environment, backend.keyEnv)),
  }
}

/** Each check is true, or the reason against the candidate. */
function whyUnusable(...checks: readonly (true | string)[]): { unusable?: string } {
  const reason = checks.find((check) => check !== true)
  return typeof reason === 'string' ? { unusable: reason } : {}
}

function hasValue(environment: Sources['environment'], name: string): true | string {
  return readVariable(environment, name) !== undefined || `${name} is not set`
}

/** An address without a path gets `/v1`, so that both spellings of a base URL work. */
function baseUrl(text: string): string {
  const plain = text.trim().replace(/\/+$/, '')
  return new URL(plain).pathname === '/' ? `${plain}/v1` : plain
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
