/** What a scan of a JSON body found. */
export interface JsonScan {
  /** Whether the body is an object whose outermost level is well formed. */
  readonly valid: boolean
  /** The last top-level `model`, the one `JSON.parse` would keep; null if it is not a string. */
  readonly model?: string | null
  /** What every top-level key says that is `model` in any letter case; null where it is not a string. */
  readonly named: readonly (string | null)[]
}

const INVALID: JsonScan = { valid: false, named: [] }
/** An honest body names one. What comes after this many counts as a name that cannot be told. */
const MOST_NAMES = 16
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const MODEL_KEY = 'model'
/** `"model"` with each letter written as a six-character escape. */
const LONGEST_MODEL_KEY = 32
/** What a byte outside of strings does to the depth. */
const NESTING: Int8Array = new Int8Array(256)
for (const byte of [OPEN_BRACE, OPEN_BRACKET]) NESTING[byte] = 1
for (const byte of [CLOSE_BRACE, CLOSE_BRACKET]) NESTING[byte] = -1
const SCALAR = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

/**
 * Finds the top-level `model` of a JSON object without parsing the body.
 *
 * Strings are jumped over at memory speed, which is why a megabyte of image data costs almost nothing here and
 * five times as much in `JSON.parse`. Nested values are skipped by counting brackets, not checked.
 */
export function scanJson(bytes: Buffer): JsonScan {
  const open = skipSpace(bytes, 0)
  if (bytes[open] !== OPEN_BRACE) return INVALID
  const first = skipSpace(bytes, open + 1)
  if (bytes[first] === CLOSE_BRACE) {
    return isRestEmpty(bytes, first + 1) ? { valid: true, named: [] } : INVALID
  }
  return scanMembers(bytes, first)
}

function scanMembers(bytes: Buffer, first: number): JsonScan {
  const found: Findings = { named: new Set() }
  let at = first
  for (;;) {
    const member = scanMember(bytes, at)
    if (member === undefined) return INVALID
    note(found, member)
    at = skipSpace(bytes, member.end)
    if (bytes[at] !== COMMA) break
    at = skipSpace(bytes, at + 1)
  }
  if (bytes[at] !== CLOSE_BRACE || !isRestEmpty(bytes, at + 1)) return INVALID
  return { ...found, valid: true, named: [...found.named] }
}

interface Findings {
  model?: string | null
  readonly named: Set<string | null>
}

function note(found: Findings, { key, value }: Member): void {
  if (value === undefined) return
  found.named.add(found.named.size < MOST_NAMES ? value : null)
  if (key === MODEL_KEY) found.model = value
}

interface Member {
  readonly end: number
  /** Read only of keys that may name the model. */
  readonly key?: string | undefined
  readonly value?: string | null
}

function scanMember(bytes: Buffer, start: number): Member | undefined {
  const keyEnd = endOfString(bytes, start)
  if (keyEnd < 0) return undefined
  const colon = skipSpace(bytes, keyEnd)
  if (bytes[colon] !== COLON) return undefined
  const valueStart = skipSpace(bytes, colon + 1)
  const end = endOfValue(bytes, valueStart)
  if (end < 0) return undefined
  const key = keyLikeModel(bytes, start, keyEnd)
  if (key === undefined) return { end }
  if (bytes[valueStart] !== QUOTE) return { end, key, value: null }
  const value = decodeString(bytes.subarray(valueStart, end))
  return value === undefined ? undefined : { end, key, value }
}

/** The key, if it is `model` to a backend that does not tell `Model` from it. */
function keyLikeModel(bytes: Buffer, start: number, end: number): string | undefined {
  const length = end - start
  if (length < MODEL_KEY.length + 2 || length > LONGEST_MODEL_KEY) return undefined
  const written = bytes.toString('latin1', start + 1, end - 1)
  const key = written.includes('\\') ? decodeString(bytes.subarray(start, end)) : written
  return key?.toLowerCase() === MODEL_KEY ? key : undefined
}

function decodeString(bytes: Buffer): string | undefined {
  try {
    return String(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}

/** Index after the value that starts at `start`, or -1. */
function endOfValue(bytes: Buffer, start: number): number {
  switch (bytes[start]) {
    case QUOTE:
      return endOfString(bytes, start)
    case OPEN_BRACE:
    case OPEN_BRACKET:
      return endOfContainer(bytes, start)
    default:
      return endOfScalar(bytes, start)
  }
}

function endOfScalar(bytes: Buffer, start: number): number {
  let end = start
  while (end < bytes.length && !isDelimiter(bytes[end])) end++
  return SCALAR.test(bytes.toString('latin1', start, end)) ? end : -1
}

function isDelimiter(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte)
}

function endOfContainer(bytes: Buffer, start: number): number {
  let depth = 0
  let at = start
  do {
    const byte = bytes[at]
    if (byte === undefined) return -1
    depth += NESTING[byte] ?? 0
    at = byte === QUOTE ? endOfString(bytes, at) : at + 1
    if (at < 0) return -1
  } while (depth > 0)
  return at
}

/** Index after the closing quote of the string that starts at `start`, or -1. */
function endOfString(bytes: Buffer, start: number): number {
  if (bytes[start] !== QUOTE) return -1
  let from = start + 1
  for (;;) {
    const close = bytes.indexOf(QUOTE, from)
    if (close < 0) return -1
    let backslashes = 0
    while (bytes[close - 1 - backslashes] === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return close + 1
    from = close + 1
  }
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start
  while (isSpace(bytes[at])) at++
  return at
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isRestEmpty(bytes: Buffer, start: number): boolean {
  return skipSpace(bytes, start) === bytes.length
}
