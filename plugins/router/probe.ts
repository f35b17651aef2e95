import { messageOf } from '#core'
import type { Candidate } from './candidate.ts'
import type { Pools } from './pools.ts'
import type { Health, ModelEntry } from './rank.ts'

/** How to ask a candidate for its models. */
export interface Probe {
  readonly pools: Pools
  readonly candidate: Candidate
  readonly key: string | undefined
  /** Milliseconds until it counts as not answering. */
  readonly timeoutMs: number
}

const LIST_BYTES = 8 * 1024 * 1024

/**
 * Asks a candidate's addresses in turn for their model list.
 *
 * An open port is not enough: another program may sit on it, or the model may still be loading.
 */
export async function probeModels(probe: Probe): Promise<Health> {
  let health: Health = { usable: false, why: 'it has no address', url: '' }
  for (const url of probe.candidate.urls) {
    health = await askForModels(probe, url)
    if (health.usable || health.why !== describeFailure('ECONNREFUSED')) return health
  }
  return health
}

async function askForModels(probe: Probe, url: string): Promise<Health> {
  const no = (why: string): Health => ({ usable: false, why, url })
  try {
    const answer = await fetchList(probe, url)
    if (answer.status === 401 || answer.status === 403) {
      return no(`it answers ${answer.status}: it wants ${probe.key ? 'another' : 'a'} key`)
    }
    // What the user has named is meant, even if it serves no list.
    const isMeant = probe.candidate.rank === 'override'
    if (answer.status !== 200) {
      return { usable: isMeant, why: `it answers ${answer.status} to /v1/models`, url }
    }
    const list = readModelList(answer.text)
    if (list === undefined) {
      const why = 'something else answers there: /v1/models is not a model list'
      return { usable: isMeant, why, url }
    }
    return { usable: true, why: describeList(list), url, list }
  } catch (error) {
    return no(describeFailure(failureCode(error)))
  }
}

function describeList({ length }: readonly ModelEntry[]): string {
  return `it lists ${length} ${length === 1 ? 'model' : 'models'}`
}

async function fetchList(
  { pools, candidate, key, timeoutMs }: Probe,
  url: string,
): Promise<{ status: number; text: string }> {
  const { dispatcher, basePath } = pools.get({ url, socketPath: candidate.socketPath })
  const { statusCode, body } = await dispatcher.request({
    path: `${basePath}/models`,
    method: 'GET',
    headers: ['accept', 'application/json', ...(key ? ['authorization', `Bearer ${key}`] : [])],
    signal: AbortSignal.timeout(timeoutMs),
  })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > LIST_BYTES) break
    chunks.push(chunk)
  }
  return { status: statusCode, text: Buffer.concat(chunks).toString('utf8') }
}

/** The entries of an OpenAI model list; undefined if the text is something else. */
function readModelList(text: string): readonly ModelEntry[] | undefined {
  try {
    const { data } = JSON.parse(text)
    const isList = Array.isArray(data) && data.every((entry) => typeof entry?.id === 'string')
    return isList ? data : undefined
  } catch {
    return undefined
  }
}

/** The code of a connection failure, e.g. `ECONNREFUSED`. */
export function failureCode(error: unknown): string {
  const { code, name, errors } = error as NodeJS.ErrnoException & { errors?: unknown[] }
  if (errors?.[0] !== undefined) return failureCode(errors[0])
  return code !== undefined && typeof code === 'string' ? code : (name ?? messageOf(error))
}

/** Why a backend could not be reached, in words, from the code of the failure. */
export function describeFailure(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there'
    case 'ENOENT':
      return 'its socket does not exist'
    case 'TimeoutError':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return 'it did not answer in time'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its host name cannot be resolved'
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
      return 'it closed the connection'
    default:
      return `the connection failed (${code})`
  }
}
