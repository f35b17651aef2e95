import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

  test('given a whole last line that cannot be continued, fails with AUDIT_BROKEN', () => {
    using scratch = createScratch('one')
    appendFileSync(scratch.path, 'nonsense\n')
    expect(() => new Journal(scratch.path)).toThrow(
      expect.objectContaining({ code: 'AUDIT_BROKEN', at: expect.objectContaining({ line: 2 }) }),
    )
  })

  test('given a new file, lets only its owner read it', () => {
    using scratch = createScratch('one')
    expect(statSync(scratch.path).mode & 0o777).toBe(0o600)
  })
})
