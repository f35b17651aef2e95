import type { TailMap } from './datum.ts'

const MARKER = '# b00t:map v1'

/** Strings and comments of a TOML text, so that a marker inside a string is not taken for a comment. */
const TOKENS = /"""(?:\\[\s\S]|[^\\])*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*/g

const KEY = /^[A-Za-z][\w-]*$/
const CONTINUATION = /^#\s{2,}(\S.*)$/

/** Reads the last `# b00t:map v1` block of a datum; `undefined` where there is none. Pure. */
export function readTailMap(text: string): TailMap | undefined {
  const start = findMarker(text)
  if (start === undefined) return undefined
  const entries = readEntries(text.slice(start).split('\n').slice(1))
  const complexity = Number(entries.complexity)
  return {
    ...(entries.summary && { summary: entries.summary }),
    tags: (entries.tags ?? '')
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
    ...(entries.tier && { tier: entries.tier }),
    ...(entries.cmds && { cmds: entries.cmds }),
    ...(Number.isInteger(complexity) && complexity > 0 && { complexity }),
    entries,
  }
}

/** Index of the last comment that is the marker and stands alone on its line. */
function findMarker(text: string): number | undefined {
  let strings: readonly RegExpExecArray[] | undefined
  for (let at = text.lastIndexOf(MARKER); at >= 0; at = text.lastIndexOf(MARKER, at - 1)) {
    if (isAlone(text, at)) {
      strings ??= multilineStrings(text)
      if (!strings.some((string) => isInside(string, at))) return at
    }
    if (at === 0) break
  }
  return undefined
}

function isAlone(text: string, at: number): boolean {
  const start = text.lastIndexOf('\n', at) + 1
  const end = text.indexOf('\n', at)
  const line = end < 0 ? text.slice(start) : text.slice(start, end)
  return line.trim() === MARKER
}

function multilineStrings(text: string): readonly RegExpExecArray[] {
  if (!text.includes('"""') && !text.includes("'''")) return []
  return [...text.matchAll(TOKENS)].filter(({ 0: token }) => /^("""|''')/.test(token))
}

function isInside(string: RegExpExecArray, at: number): boolean {
  return string.index < at && at < string.index + string[0].length
}

/** What the block says by key, up to the first other line; what a key says twice is joined with a comma. */
function readEntries(lines: readonly string[]): Record<string, string> {
  const entries = new Map<string, string>()
  let open: string | undefined
  for (const line of lines) {
    const pair = readLine(line.trim(), open)
    if (!pair) break
    const [key, value] = pair
    const before = entries.get(key)
    entries.set(key, before ? `${before}, ${value}` : value)
    open = value === '' || key === open ? key : undefined
  }
  return Object.fromEntries(entries)
}

/** A `# key: value` line, or indented text below the key whose value was left empty. */
function readLine(
  text: string,
  open: string | undefined,
): [key: string, value: string] | undefined {
  const continued = open === undefined ? undefined : CONTINUATION.exec(text)?.[1]
  if (open !== undefined && continued !== undefined) return [open, continued]
  const colon = text.indexOf(':')
  if (colon < 0 || !text.startsWith('#')) return undefined
  const key = text.slice(1, colon).trim()
  return KEY.test(key) ? [key, text.slice(colon + 1).trim()] : undefined
}
