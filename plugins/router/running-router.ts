import { type RequestOptions, request } from 'node:http'
import { join } from 'node:path'
import type { SurfaceEndpoint } from './candidate.ts'
import type { Ranking, RankRow } from './rank.ts'
import { readTable } from './supervisor-feed.ts'

/** What a router would do with a request for a model. */
export interface Explanation {
  readonly model: string
  /** Name of the endpoint, null where none can be used. */
  readonly chosen: string | null
  readonly endpoints: readonly RankRow[]
}

/** A ranking as it is shown. */
export function toExplanation(model: string, { chosen, rows }: Ranking): Explanation {
  return { model, chosen: chosen?.candidate.name ?? null, endpoints: rows }
}

/** What became of asking the router that the supervisor of a home runs. */
export interface RouterAnswer {
  /** Where it runs; absent if none does. */
  readonly url?: string
  readonly explanation?: Explanation
}

/** Whoever is asked here runs on this machine; a new look at endpoints takes half a second. */
const ANSWER_WITHIN_MS = 3000

/** Asks the running router of a home what it would do with a request for `model`. */
export async function askRunningRouter(home: string, model: string): Promise<RouterAnswer> {
  const socketPath = join(home, 'run', 'supervisor.sock')
  const endpoints = readTable(await fetchText('http://supervisor/v1/endpoints', { socketPath }))
  const url = endpoints?.find(isRouter)?.url
  if (url === undefined) return {}
  const text = await fetchText(`${url}/readyz?model=${encodeURIComponent(model)}`, {})
  const explanation = readExplanation(text)
  return explanation === undefined ? { url } : { url, explanation }
}

function isRouter({ protocol, url }: SurfaceEndpoint): boolean {
  return protocol === 'router' && URL.canParse(url)
}

/** The body of an answer of any status; nothing where none comes. */
function fetchText(url: string, options: RequestOptions): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
  const call = request(url, { ...options, agent: false, signal }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (part: string) => {
      text += part
    })
    response.once('error', () => resolve(''))
    response.once('end', () => resolve(text))
  })
  call.once('error', () => resolve(''))
  call.end()
  return promise
}

function readExplanation(text: string): Explanation | undefined {
  try {
    const { explanation } = JSON.parse(text)
    return Array.isArray(explanation?.endpoints) ? explanation : undefined
  } catch {
    return undefined
  }
}
