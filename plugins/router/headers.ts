/** Valid for one connection only (RFC 9110, 7.6.1); never passed on. */
const HOP_BY_HOP: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** What a client sends for us, not for a backend. */
const DROPPED_FROM_REQUEST: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'cookie'],
  // Made anew for the backend's connection.
  ...['host', 'content-length', 'expect', 'http2-settings'],
])

/** What speaks for the backend's own address, or would blur who said what. */
const DROPPED_FROM_RESPONSE: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  ...['set-cookie', 'set-cookie2', 'alt-svc', 'strict-transport-security'],
  ...['x-b00t-error', 'x-b00t-backend'],
])

/** Headers to send to a backend. Both lists are flat: name, value, name, value. */
export function requestHeaders(raw: readonly string[], backendKey: string | undefined): string[] {
  const headers = filterHeaders(raw, DROPPED_FROM_REQUEST)
  if (backendKey !== undefined) headers.push('authorization', `Bearer ${backendKey}`)
  return headers
}

/** Headers of a backend's response that the client gets. */
export function responseHeaders(raw: readonly string[]): string[] {
  return filterHeaders(raw, DROPPED_FROM_RESPONSE)
}

/** The value of the last header of this name, in a flat list. */
export function headerValue(raw: readonly string[], name: string): string | undefined {
  for (let index = raw.length - 2; index >= 0; index -= 2) {
    if (raw[index]?.toLowerCase() === name) return raw[index + 1]
  }
  return undefined
}

/** The values of all headers of this name, joined by commas. */
export function joinedValues(raw: readonly string[], name: string): string | undefined {
  let joined: string | undefined
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (raw[index]?.length !== name.length || raw[index]?.toLowerCase() !== name) continue
    joined = joined === undefined ? raw[index + 1] : `${joined}, ${raw[index + 1]}`
  }
  return joined
}

function filterHeaders(raw: readonly string[], dropped: ReadonlySet<string>): string[] {
  const named = namedByConnection(raw)
  const kept: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? ''
    const lower = name.toLowerCase()
    if (!dropped.has(lower) && !named?.has(lower)) kept.push(name, raw[index + 1] ?? '')
  }
  return kept
}

/** Headers that `Connection:` declares to be hop-by-hop. */
function namedByConnection(raw: readonly string[]): ReadonlySet<string> | undefined {
  let named: Set<string> | undefined
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() !== 'connection') continue
    named ??= new Set()
    for (const name of (raw[index + 1] ?? '').split(',')) named.add(name.trim().toLowerCase())
  }
  return named
}
