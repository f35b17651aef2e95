import { execFile } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Journal, readJournal, verifyJournal } from './journal.ts'

const AT = new Date('2026-01-02T03:04:05.678Z')

interface Scratch extends Disposable {
  readonly path: string
}

/** A journal with one line for each word. */
function createScratch(...words: string[]): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'b00t-journal-'))
  const path = join(folder, 'audit.ndjson')
  write(path, words)
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

function write(path: string, words: readonly string[]): void {
  using journal = new Journal(path)
  for (const word of words) journal.append({ word }, AT)
}

/** A line whose word stands in it twice, first with another value; whoever parses it sees the old one. */
function twice(line = ''): string {
  return line.replace('"word":', '"word":"other","word":')
}

function edit(path: string, change: (lines: string[]) => string[]): void {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  writeFileSync(path, `${change(lines).join('\n')}\n`)
}

describe('verifyJournal()', () => {
  test('given an untouched journal, counts its lines', () => {
    using scratch = createScratch('one', 'two', 'drei „€“')
    expect(verifyJournal(scratch.path)).toBe(3)
    expect(verifyJournal(`${scratch.path}.gone`)).toBe(0)
  })

  test.each([
    [
      'a changed byte',
      (lines: string[]) => lines.with(1, lines[1]?.replace('two', 'twO') ?? ''),
      2,
    ],
    ['a removed line', (lines: string[]) => lines.toSpliced(1, 1), 2],
    ['a removed first line', (lines: string[]) => lines.slice(1), 1],
    ['two lines in another order', ([a = '', b = '', c = '']: string[]) => [a, c, b], 2],
    ['a line twice', ([a = '', ...rest]: string[]) => [a, a, ...rest], 2],
    ['a line that is no JSON', (lines: string[]) => lines.with(2, '{"seq":3,'), 3],
    ['a line that is null', (lines: string[]) => lines.with(2, 'null'), 3],
    ['a key given twice', (lines: string[]) => lines.with(1, twice(lines[1])), 2],
    ['a blank', (lines: string[]) => lines.with(1, lines[1]?.replace(',', ', ') ?? ''), 2],
    ['an empty line', (lines: string[]) => lines.toSpliced(1, 0, ''), 2],
  ])('given %s, fails with AUDIT_BROKEN at that line', (_what, change, line) => {
    using scratch = createScratch('one', 'two', 'three')
    edit(scratch.path, change)
    expect(() => verifyJournal(scratch.path)).toThrow(
      expect.objectContaining({
        code: 'AUDIT_BROKEN',
        at: { file: scratch.path, line, column: 1 },
        message: expect.stringContaining(`Line ${line} `),
      }),
    )
  })

  test('given any changed byte, finds the line it is in', () => {
    using scratch = createScratch('one', 'two', 'three')
    const whole = readFileSync(scratch.path)
    const ends = whole.indexOf('\n')
    for (let at = 0; at < whole.length - 1; at += 7) {
      if (whole[at] === 10) continue
      const changed = Buffer.from(whole)
      changed[at] = (whole[at] ?? 0) ^ 1
      writeFileSync(scratch.path, changed)
      const line = whole.subarray(0, at).toString().split('\n').length
      expect(() => verifyJournal(scratch.path), `byte ${at}`).toThrow(
        expect.objectContaining({ code: 'AUDIT_BROKEN', at: expect.objectContaining({ line }) }),
      )
    }
    expect(ends).toBeGreaterThan(0)
  })
})

describe('Journal', () => {
  test('given an existing journal, continues its chain', () => {
    using scratch = createScratch('one')
    write(scratch.path, ['two', 'three'])
    const lines = readJournal<{ word: string }>(scratch.path)
    expect(lines.map(({ seq, word }) => [seq, word])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ])
    expect(lines[0]).toMatchObject({ at: '2026-01-02T03:04:05.678Z', prev: '0'.repeat(64) })
    expect(lines[1]?.prev).toBe(lines[0]?.hash)
    expect(verifyJournal(scratch.path)).toBe(3)
  })

  test('given a last line cut short, removes it and goes on', () => {
    using scratch = createScratch('one', '„two“')
    const whole = readFileSync(scratch.path)
    for (const cut of [1, 40, whole.lastIndexOf('“') - whole.length]) {
      writeFileSync(scratch.path, whole.subarray(0, whole.length - Math.abs(cut)))
      expect(verifyJournal(scratch.path)).toBe(1)
      write(scratch.path, ['three'])
      expect(readJournal<{ word: string }>(scratch.path).map(({ word }) => word)).toEqual([
        'one',
        'three',
      ])
      expect(verifyJournal(scratch.path)).toBe(2)
    }
  })

  test('given bytes that are no text in an earlier line, adds nothing to them', () => {
    using scratch = createScratch('one', 'two')
    const bytes = readFileSync(scratch.path)
    bytes[20] = 0xff
    writeFileSync(scratch.path, bytes)
    write(scratch.path, [])
    expect(readFileSync(scratch.path)).toEqual(bytes)
  })

  test.each([
    ['no JSON', (line: string) => line.slice(3)],
    ['changed', (line: string) => line.replace('two', 'twO')],
    ['null', () => 'null'],
  ])('given a last line that is %s, moves it aside, notes that and goes on', (_what, change) => {
    using scratch = createScratch('one', 'two')
    edit(scratch.path, (lines) => lines.with(1, change(lines[1] ?? '')))
    const [, damaged] = readFileSync(scratch.path, 'utf8').split('\n')
    using journal = new Journal(scratch.path, AT)
    const aside = `${scratch.path}.damaged-20260102T030405.678Z`
    const moved = `1 line was moved to ${aside}`
    expect(journal.damage).toBe(`Damaged end of the audit journal: ${moved}`)
    journal.append({ word: 'three' }, AT)
    expect(readFileSync(aside, 'utf8')).toBe(`${damaged}\n`)
    expect(readJournal(scratch.path)).toMatchObject([
      { seq: 1, word: 'one' },
      { seq: 2, kind: 'damaged', reason: moved },
      { seq: 3, word: 'three' },
    ])
    expect(verifyJournal(scratch.path)).toBe(3)
  })

  test('given a file without one good line, moves all of it aside', () => {
    using scratch = createScratch()
    writeFileSync(scratch.path, 'no\nsense\n')
    write(scratch.path, ['one'])
    expect(readJournal(scratch.path)).toMatchObject([
      { kind: 'damaged', reason: expect.stringMatching(/^2 lines were moved to /) },
      { word: 'one' },
    ])
  })

  test('given a disk that takes only a part of a line, takes that back and goes on', async () => {
    using scratch = createScratch('one')
    const script = `
      import { Journal } from '${import.meta.dirname}/journal.ts'
      const journal = new Journal(process.argv[1])
      try { journal.append({ word: 'x'.repeat(5000) }, new Date()) } catch ({ code }) { console.log(code) }
      journal.append({ word: 'two' }, new Date())`
    // Blocks of 512 or 1024 bytes, as the shell likes.
    const shell = 'ulimit -f 3; exec "$0" --input-type=module -e "$1" "$2"'
    const argv = ['-c', shell, process.execPath, script, scratch.path]
    expect((await promisify(execFile)('sh', argv)).stdout).toBe('EFBIG\n')
    expect(readJournal(scratch.path)).toMatchObject([{ word: 'one' }, { word: 'two' }])
    expect(verifyJournal(scratch.path)).toBe(2)
  })

  test('given a part of a line that somebody left at the end, writes over it', () => {
    using scratch = createScratch('one')
    using journal = new Journal(scratch.path)
    appendFileSync(scratch.path, '{"seq":2,')
    journal.append({ word: 'two' }, AT)
    expect(verifyJournal(scratch.path)).toBe(2)
  })

  test('given a closed journal, writes nothing', () => {
    using scratch = createScratch('one')
    const journal = new Journal(scratch.path)
    journal[Symbol.dispose]()
    journal[Symbol.dispose]()
    expect(() => journal.append({ word: 'two' }, AT)).toThrow('the journal is closed')
    const reports: string[] = []
    journal.record({ word: 'two' }, AT, (message) => reports.push(message))
    expect(reports).toEqual([expect.stringContaining('the journal is closed')])
  })

  test('given a new file, lets only its owner read it', () => {
    using scratch = createScratch('one')
    expect(statSync(scratch.path).mode & 0o777).toBe(0o600)
  })
})
