/** What a scan of a JSON body found. */
export interface JsonScan {
  /** Whether the body is an object whose outermost level is well formed. */
  readonly valid: boolean
  /** The last top-level `model`, the one `JSON.parse` would keep; null if it is not a string. */
  readonly model?: string | null
}

const INVALID: JsonScan = { valid: false }
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const MODEL_KEY = Buffer.from('"model"')
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
  if (bytes[first] === CLOSE_BRACE) return isRestEmpty(bytes, first + 1) ? { valid: true } : INVALID
  return scanMembers(bytes, first)
}

function scanMembers(bytes: Buffer, first: number): JsonScan {
  let found: JsonScan = { valid: true }
  let at = first
  for (;;) {
    const member = scanMember(bytes, at)
    if (member === undefined) return INVALID
    if (member.model !== undefined) found = { valid: true, model: member.model }
    at = skipSpace(bytes, member.end)
    if (bytes[at] !== COMMA) break
    at = skipSpace(bytes, at + 1)
  }
  return bytes[at] === CLOSE_BRACE && isRestEmpty(bytes, at + 1) ? found : INVALID
}

interface Member {
  readonly end: number
  readonly model?: string | null
}

function scanMember(bytes: Buffer, start: number): Member | undefined {
  const keyEnd = endOfString(bytes, start)
  if (keyEnd < 0) return undefined
  const colon = skipSpace(bytes, keyEnd)
  if (bytes[colon] !== COLON) return undefined
  const valueStart = skipSpace(bytes, colon + 1)
  const end = endOfValue(bytes, valueStart)
  if (end < 0) return undefined
  if (!isModelKey(bytes, start, keyEnd)) return { end }
  if (bytes[valueStart] !== QUOTE) return { end, model: null }
  const model = decodeString(bytes.subarray(valueStart, end))
  return model === undefined ? undefined : { end, model }
}

function isModelKey(bytes: Buffer, start: number, end: number): boolean {
  const key = bytes.subarray(start, end)
  if (key.length < MODEL_KEY.length || key.length > LONGEST_MODEL_KEY) return false
  return key.equals(MODEL_KEY) || (key.includes(BACKSLASH) && decodeString(key) === 'model')
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
