import type { Refusal } from './refusal.ts'

/** Where below `/v1/` a request goes. */
export interface Target {
  /** Path below `/v1/`, byte for byte as sent. */
  readonly route: string
  /** Query with its question mark, byte for byte as sent, or nothing. */
  readonly search: string
}

/** Whether a request line's path belongs to the API and therefore needs a key. */
export function isApiPath(url: string): boolean {
  return /^\/v1(?:[/?#]|$)/.test(url)
}

/** Splits an API path and refuses those that no backend should see. */
export function readTarget(url: string): Target | Refusal {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const search = mark < 0 ? '' : url.slice(mark)
  const route = path.slice('/v1/'.length)
  if (route === '') return notFound('No such route: name a path below /v1/, e.g. /v1/models')
  if (/^v1(?:\/|$)/.test(route)) {
    return notFound(
      'No such route: /v1 is there twice; the base URL already ends in /v1, so remove one of them',
    )
  }
  if (leavesBase(route)) {
    return {
      status: 400,
      code: 'invalid_path',
      message: 'The path has segments that lead out of /v1/; send it without them',
    }
  }
  return { route, search }
}

/** The path to ask a backend for, given the path of its base URL. */
export function backendPath(basePath: string, target: Target): string {
  return `${basePath.replace(/\/+$/, '')}/${target.route}${target.search}`
}

/** First words of paths below `/v1/` that OpenAI and the usual servers have. */
const KNOWN_ROUTES: ReadonlySet<string> = new Set([
  ...['chat', 'completions', 'embeddings', 'models', 'responses', 'messages', 'conversations'],
  ...['audio', 'images', 'videos', 'moderations', 'realtime', 'files', 'uploads', 'batches'],
  ...['fine_tuning', 'evals', 'assistants', 'threads', 'vector_stores', 'containers'],
  ...['rerank', 'reranking', 'score', 'pooling', 'classify', 'tokenize', 'detokenize', 'slots'],
])

/** Whether telemetry names the paths that begin with this word. */
export function isKnownRoute(word: string): boolean {
  return KNOWN_ROUTES.has(word)
}

/**
 * The API part of a path for telemetry: words stay, everything that could be an id, a name or a secret is `*`.
 * The first word is one of a fixed set.
 */
export function describeRoute(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? ''
  const [first, ...others] = path.split('/').slice(2, 5)
  if (first === undefined) return '/v1'
  if (!isKnownRoute(first)) return '/v1/*'
  const isWord = (part: string) => /^[a-z_]{1,24}$/.test(part)
  return ['/v1', first, ...others.map((part) => (isWord(part) ? part : '*'))].join('/')
}

function notFound(message: string): Refusal {
  return { status: 404, code: 'not_found', message }
}

function leavesBase(route: string): boolean {
  // Nearly every request: plain words, in which nothing is encoded.
  if (/^[a-z_]+(?:\/[a-z_]+)*$/.test(route)) return false
  if (/[^!-~]/.test(route)) return true
  const first = route.split('/', 1)[0] ?? ''
  if (/%2f|%5c/i.test(first)) return true
  const plain = decodeFully(route)
  return plain === undefined || plain.split(/[/\\]/).some((part) => /^\.\.?(?:;.*)?$/.test(part))
}

/** Undoes the encoding of dots, slashes and percent signs, three times over; undefined if it goes deeper. */
function decodeFully(text: string): string | undefined {
  let plain = text
  for (let round = 0; round < 3; round++) plain = decodeOnce(plain)
  return decodeOnce(plain) === plain ? plain : undefined
}

function decodeOnce(text: string): string {
  return text.replace(/%(2e|2f|5c|25)/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
