import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLocator, pointerStep, splitPointer } from './locate.ts'

const SOURCE = `top = 1

[b00t]
name = "x"
env = { A = "1", b.c = 2 } # why
[[b00t.mcp.stdio]]
command = "n"
[[b00t.mcp.stdio]]
args = [
  "a",
  { z = 1 },
]
[b00t.mcp.stdio.env]
text = """
two
lines"""
"a/b~c" = true
`

describe('createLocator()', () => {
  const locate = createLocator('x.toml', SOURCE)

  test.each([
    ['/top', [1, 7, 8]],
    ['/b00t', [3, 1, 7]],
    ['/b00t/name', [4, 8, 11]],
    ['/b00t/env/A', [5, 13, 16]],
    ['/b00t/env/b/c', [5, 24, 25]],
    ['/b00t/env/missing', [5, 7, 27]],
    ['/b00t/mcp/stdio/0', [6, 1, 19]],
    ['/b00t/mcp/stdio/0/command', [7, 11, 14]],
    ['/b00t/mcp/stdio/1', [8, 1, 19]],
    ['/b00t/mcp/stdio/1/args/0', [10, 3, 6]],
    ['/b00t/mcp/stdio/1/args/1/z', [11, 9, 10]],
    ['/b00t/mcp/stdio/1/env/text', [14, 8, 11]],
    ['/b00t/mcp/stdio/1/env/a~1b~0c', [17, 11, 15]],
    ['/b00t/missing/deeper', [3, 1, 7]],
  ])('given %s, points at %j', (pointer, [line, column, endColumn]) => {
    expect(locate(pointer)).toEqual({ file: 'x.toml', line, column, endColumn })
  })

  test.each([
    ['/b00t/name', [4, 1, 5]],
    ['/b00t/env/b', [5, 18, 19]],
    ['/b00t/mcp', [6, 8, 11]],
    ['/b00t/mcp/stdio', [6, 12, 17]],
  ])('given the key of %s, points at its name', (pointer, [line, column, endColumn]) => {
    expect(locate(pointer, 'key')).toEqual({ file: 'x.toml', line, column, endColumn })
  })

  test('given something missing at the top level, points at the start', () => {
    expect(locate('/nothing')).toEqual({ file: 'x.toml', line: 1, column: 1 })
    expect(locate('')).toEqual({ file: 'x.toml', line: 1, column: 1 })
  })

  test('given a text that is not TOML, names the file only', () => {
    expect(createLocator('x.toml', '---\n')('/a')).toEqual({ file: 'x.toml' })
  })
})

describe('createLocator() on generated documents', () => {
  test('given any document, finds every value on the line and at the columns where it was written', () => {
    fc.assert(
      fc.property(documents(), (entries) => {
        const { source, written } = writeDocument(entries)
        const find = createLocator('x.toml', source)
        const lines = source.split('\n')
        for (const { pointer, line, text } of written) {
          const at = find(pointer)
          expect({ pointer, line: at.line }).toEqual({ pointer, line })
          const marked = lines[line - 1]?.slice((at.column ?? 0) - 1, (at.endColumn ?? 0) - 1)
          expect(marked).toBe(text)
        }
      }),
      { numRuns: Number(process.env.B00T_PROPERTY_RUNS ?? 200) },
    )
  })
})

describe('splitPointer()', () => {
  test('given what pointerStep wrote, gives the keys back', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (keys) => {
        expect(splitPointer(keys.map(pointerStep).join(''))).toEqual(keys)
      }),
    )
  })
})

type Node =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'lines'; readonly texts: readonly string[] }
  | { readonly kind: 'inline' | 'table'; readonly entries: Entries }
  | { readonly kind: 'tables'; readonly tables: readonly Entries[] }

type Entries = readonly (readonly [key: string, node: Node])[]

/** Documents of scalars, lists over several lines, inline tables, tables and arrays of tables. */
function documents(): fc.Arbitrary<Entries> {
  const keys = fc.oneof(
    fc.stringMatching(/^[a-z][\w-]{0,6}$/),
    fc.constantFrom('a/b', 'a~b', 'with space', 'é😀', '', 'a.b', '0', '12'),
  )
  const texts = fc.oneof(
    fc.integer().map(String),
    fc.boolean().map(String),
    fc.constantFrom('1.5', '"# no comment"', "'[x]'", '"é😀"', '"a = 1"', '2026-01-02', '""'),
  )
  const entriesOf = (node: fc.Arbitrary<Node>): fc.Arbitrary<Entries> =>
    fc.uniqueArray(fc.tuple(keys, node), { selector: ([key]) => key, maxLength: 4 })
  const { table } = fc.letrec<{ inline: Entries; table: Entries }>((tie) => ({
    inline: entriesOf(texts.map((text) => ({ kind: 'value', text }))),
    table: entriesOf(
      fc.oneof(
        { maxDepth: 3, depthIdentifier: 'tables' },
        texts.map((text): Node => ({ kind: 'value', text })),
        fc.array(texts, { maxLength: 3 }).map((items): Node => ({ kind: 'lines', texts: items })),
        tie('inline').map((entries): Node => ({ kind: 'inline', entries })),
        tie('table').map((entries): Node => ({ kind: 'table', entries })),
        fc
          .array(tie('table'), { minLength: 1, maxLength: 2 })
          .map((tables): Node => ({ kind: 'tables', tables })),
      ),
    ),
  }))
  return table
}

interface Written {
  readonly pointer: string
  readonly line: number
  /** What the place must mark. */
  readonly text: string
}

/** A text under construction, and where everything in it was written. */
interface Draft {
  readonly lines: string[]
  readonly written: Written[]
}

function writeDocument(entries: Entries): { source: string; written: Written[] } {
  const draft: Draft = { lines: ['# head'], written: [] }
  writeTable(draft, entries, { header: [], pointer: '' })
  return { source: draft.lines.join('\n'), written: draft.written }
}

/** Where a table is: the keys of its header, and its JSON Pointer. */
interface Spot {
  readonly header: readonly string[]
  readonly pointer: string
}

function writeTable(draft: Draft, entries: Entries, spot: Spot): void {
  for (const [key, node] of entries) writeEntry(draft, node, { key, base: spot.pointer })
  for (const [key, node] of entries) {
    const inner = {
      header: [...spot.header, quote(key)],
      pointer: spot.pointer + pointerStep(key),
    }
    if (node.kind === 'table') writeHeader(draft, node.entries, { ...inner, brackets: ['[', ']'] })
    if (node.kind !== 'tables') continue
    for (const [index, table] of node.tables.entries()) {
      const pointer = `${inner.pointer}/${index}`
      writeHeader(draft, table, { ...inner, pointer, brackets: ['[[', ']]'] })
    }
  }
}

function writeHeader(
  draft: Draft,
  entries: Entries,
  spot: Spot & { readonly brackets: readonly [string, string] },
): void {
  const text = spot.header.join('.')
  write(draft, { pointer: spot.pointer, text: spot.brackets.join(text) })
  writeTable(draft, entries, spot)
}

function writeEntry(
  draft: Draft,
  node: Node,
  { key, base }: { readonly key: string; readonly base: string },
): void {
  const pointer = base + pointerStep(key)
  const before = `${quote(key)} = `
  if (node.kind === 'value') write(draft, { pointer, text: node.text }, `${before}% # note`)
  if (node.kind === 'lines') {
    draft.lines.push(`${before}[`)
    for (const [index, text] of node.texts.entries()) {
      write(draft, { pointer: `${pointer}/${index}`, text }, '\t%,')
    }
    draft.lines.push(']')
  }
  if (node.kind !== 'inline') return
  const parts = node.entries.map(([inner, value]) => `${quote(inner)} = ${textOf(value)}`)
  write(draft, { pointer, text: `{ ${parts.join(', ')} }` }, `${before}%`)
  const line = draft.lines.length
  for (const [inner, value] of node.entries) {
    draft.written.push({ pointer: pointer + pointerStep(inner), line, text: textOf(value) })
  }
}

/** Adds a line in which `%` stands for the text that a place must mark. */
function write(draft: Draft, { pointer, text }: Omit<Written, 'line'>, line = '%'): void {
  draft.written.push({ pointer, text, line: draft.lines.push(line.replace('%', () => text)) })
}

function textOf(node: Node): string {
  return node.kind === 'value' ? node.text : ''
}

function quote(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key)
}
