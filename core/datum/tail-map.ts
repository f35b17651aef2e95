import type { TailMap } from './datum.ts'

const MARKER = '# b00t:map v1'

/** Strings and comments of a TOML text, so that a marker inside a string is not taken for a comment. */
const TOKENS = /"""(?:\\[\s\S]|[^\\])*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*/g

const ENTRY = /^#\s*([A-Za-z][\w-]*)\s*:(.*)$/
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
  if (!text.includes(MARKER)) return undefined
  let found: number | undefined
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token.trimEnd() === MARKER && startsItsLine(text, index)) found = index
  }
  return found
}

function startsItsLine(text: string, index: number): boolean {
  return text.slice(text.lastIndexOf('\n', index) + 1, index).trim() === ''
}

/** `key: value` lines up to the first that is neither one nor a continuation under an empty value. */
function readEntries(lines: readonly string[]): Record<string, string> {
  const entries: Record<string, string> = {}
  let open: string | undefined
  for (const line of lines) {
    const text = line.trim()
    const continued = open === undefined ? undefined : CONTINUATION.exec(text)?.[1]
    if (open !== undefined && continued !== undefined) {
      entries[open] = [entries[open], continued].filter(Boolean).join(', ')
      continue
    }
    const [, key, value] = ENTRY.exec(text) ?? []
    if (key === undefined || value === undefined) break
    entries[key] ??= value.trim()
    open = value.trim() === '' ? key : undefined
  }
  return entries
}
