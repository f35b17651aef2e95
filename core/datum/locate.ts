import { type AST, parseTOML } from 'toml-eslint-parser'
import type { Place } from '../error.ts'

/** Which part of an entry a problem is about. */
export type Part = 'value' | 'key'

/** Finds the place of a JSON Pointer such as `/b00t/ports/0` in one source text. */
export type Locator = (pointer: string, part?: Part) => Place

/** One key, table or list element of the source. */
interface Spot {
  key?: AST.SourceLocation
  value?: AST.SourceLocation
  /** `[table]` or `[[table]]`, brackets included. */
  header?: AST.SourceLocation
  readonly inner: Map<string, Spot>
}

/**
 * Prepares to find places in a TOML text.
 *
 * The text is parsed a second time, by a parser that keeps positions and is several times slower; call this
 * only once something is wrong. A pointer to something that is not written gives the header of the nearest
 * table around it. Lines and columns count from 1, columns in UTF-16 units.
 */
export function createLocator(file: string, source: string): Locator {
  const root = buildIndex(source)
  const lines = source.split('\n')
  return (pointer, part = 'value') => {
    const loc = root && pickLocation(root, splitPointer(pointer), part)
    if (!loc) return root ? { file, line: 1, column: 1 } : { file }
    const { start, end } = loc
    const lastColumn = (lines[start.line - 1] ?? '').trimEnd().length
    return {
      file,
      line: start.line,
      column: start.column + 1,
      endColumn: (end.line === start.line ? end.column : lastColumn) + 1,
    }
  }
}

/** The parts of a JSON Pointer, escapes undone. */
export function splitPointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** One more step of a JSON Pointer, escaped. */
export function pointerStep(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}

function pickLocation(
  root: Spot,
  path: readonly string[],
  part: Part,
): AST.SourceLocation | undefined {
  let spot = root
  let surrounding: AST.SourceLocation | undefined
  for (const step of path) {
    const next = spot.inner.get(step)
    if (!next) return surrounding
    spot = next
    surrounding = spot.header ?? spot.value ?? spot.key
  }
  return part === 'key' ? (spot.key ?? spot.header) : (spot.value ?? spot.header ?? spot.key)
}

/** The positions of everything in the text; `undefined` if this parser refuses what the other accepted. */
function buildIndex(source: string): Spot | undefined {
  const root: Spot = { inner: new Map() }
  try {
    const [top] = parseTOML(source, { tomlVersion: 'latest' }).body
    for (const node of top.body) {
      if (node.type === 'TOMLKeyValue') addEntry(root, node)
      else addTable(root, node)
    }
    return root
  } catch {
    return undefined
  }
}

function addTable(root: Spot, table: AST.TOMLTable): void {
  const keys = table.key.keys
  const brackets = table.kind === 'array' ? 2 : 1
  let spot = root
  let written = 0
  for (const step of table.resolvedKey) {
    spot = enter(spot, String(step))
    const key = typeof step === 'number' ? undefined : keys[written++]
    if (key) spot.key ??= key.loc
  }
  const { start } = table.loc
  const end = table.key.loc.end
  spot.header = { start, end: { line: end.line, column: end.column + brackets } }
  for (const entry of table.body) addEntry(spot, entry)
}

function addEntry(base: Spot, entry: AST.TOMLKeyValue): void {
  let spot = base
  for (const key of entry.key.keys) {
    spot = enter(spot, key.type === 'TOMLBare' ? key.name : key.value)
    spot.key ??= key.loc
  }
  addValue(spot, entry.value)
}

function addValue(spot: Spot, node: AST.TOMLContentNode): void {
  spot.value = node.loc
  if (node.type === 'TOMLInlineTable') for (const entry of node.body) addEntry(spot, entry)
  if (node.type !== 'TOMLArray') return
  for (const [index, element] of node.elements.entries()) {
    addValue(enter(spot, String(index)), element)
  }
}

function enter(spot: Spot, step: string): Spot {
  const known = spot.inner.get(step)
  if (known) return known
  const fresh: Spot = { inner: new Map() }
  spot.inner.set(step, fresh)
  return fresh
}
