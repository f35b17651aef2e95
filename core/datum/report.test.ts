import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import type { Problem } from '../error.ts'
import { makeStrict, sortProblems } from './problems.ts'
import { renderReport } from './report.ts'
import { createScratch } from './scratch-fixture.ts'

const scratch = createScratch({
  'in/x.toml': '[b00t]\nhint = "é 日本 x" # 😀\n\tpassword = "hunter2"\n',
})
const file = join(scratch.path, 'in/x.toml')
const folder: string = scratch.path

afterAll(() => scratch[Symbol.dispose]())

const PROBLEMS: readonly Problem[] = [
  {
    severity: 'error',
    code: 'DATUM_INVALID',
    message: '`hint` is wrong, 100%',
    at: { file, line: 2, column: 14, endColumn: 15 },
    hint: 'Write\nanother.',
  },
  {
    severity: 'warning',
    code: 'JOB_ODD',
    message: 'Odd',
    at: { file, line: 3, column: 2, endColumn: 10 },
  },
  { severity: 'error', code: 'DATUM_UNREADABLE', message: 'Gone', at: { file: '/a,b:c.toml' } },
  { severity: 'error', code: 'DATUM_CYCLE', message: 'Round' },
]

describe('renderReport() for people', () => {
  test('given problems, prints code, place, line, caret and hint, and no secret', () => {
    expect(renderReport(PROBLEMS, { format: 'human', folder })).toBe(`\
error[DATUM_INVALID]: \`hint\` is wrong, 100%
 --> in/x.toml:2:14
  |
2 | hint = "é 日本 x" # 😀
  |                ^
  = hint: Write
another.

warning[JOB_ODD]: Odd
 --> in/x.toml:3:2
  |
3 | \tpassword = *********
  | \t^^^^^^^^

error[DATUM_UNREADABLE]: Gone
--> /a,b:c.toml

error[DATUM_CYCLE]: Round

3 errors, 1 warning`)
  })

  test('given colour, adds terminal codes around the same text', () => {
    const plain = renderReport(PROBLEMS, { format: 'human', folder })
    const coloured = renderReport(PROBLEMS, { format: 'human', folder, colour: true })
    expect(coloured).not.toBe(plain)
    expect(stripVTControlCharacters(coloured)).toBe(plain)
  })

  test('given control characters in a name or a line, does not hand them to the terminal', () => {
    using evil = createScratch({ 'x.toml': 'a = "\u001B[2J"\n' })
    const at = { file: join(evil.path, 'x.toml'), line: 1, column: 1 }
    const problem: Problem = { severity: 'error', code: 'X', message: 'Key \u001B]0;x\u0007', at }
    expect(renderReport([problem], { format: 'human', folder: evil.path })).toBe(`\
error[X]: Key \uFFFD]0;x\uFFFD
 --> x.toml:1:1
  |
1 | a = "\uFFFD[2J"
  | ^`)
  })

  test('given nothing, prints nothing', () => {
    expect(renderReport([], { format: 'human', folder })).toBe('')
    expect(renderReport([], { format: 'github', folder })).toBe('')
  })
})

describe('renderReport() for programs', () => {
  test('given json, prints counts and flat problems', () => {
    expect(JSON.parse(renderReport(PROBLEMS, { format: 'json', folder }))).toMatchObject({
      errors: 3,
      warnings: 1,
      problems: [
        { severity: 'error', file: 'in/x.toml', line: 2, column: 14, endColumn: 15 },
        { code: 'JOB_ODD' },
        { message: 'Gone', file: '/a,b:c.toml' },
        { code: 'DATUM_CYCLE' },
      ],
    })
  })

  test('given github, escapes what the command syntax needs', () => {
    expect(renderReport(PROBLEMS, { format: 'github', folder }).split('\n')).toEqual([
      '::error file=in/x.toml,line=2,col=14,endColumn=15,title=DATUM_INVALID::`hint` is wrong, 100%25%0AWrite%0Aanother.',
      '::warning file=in/x.toml,line=3,col=2,endColumn=10,title=JOB_ODD::Odd',
      '::error file=/a%2Cb%3Ac.toml,title=DATUM_UNREADABLE::Gone',
      '::error title=DATUM_CYCLE::Round',
    ])
  })

  test('given sarif, gives every result a rule, a place and a region', () => {
    const errors = { JOB_ODD: { meaning: 'It is odd.', next: 'Make it even.' } }
    const log = JSON.parse(renderReport(PROBLEMS, { format: 'sarif', folder, errors }))
    const [run] = log.runs
    expect([log.version, run.columnKind]).toEqual(['2.1.0', 'utf16CodeUnits'])
    expect(run.tool.driver.rules).toHaveLength(4)
    expect(run.tool.driver.rules[3]).toMatchObject({
      id: 'JOB_ODD',
      shortDescription: { text: 'It is odd.' },
      help: { text: 'Make it even.' },
    })
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId)
      expect(result.locations[0].physicalLocation.region.startLine).toBeGreaterThan(0)
    }
    expect(run.results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'in/x.toml', uriBaseId: '%SRCROOT%' },
      region: { startLine: 2, startColumn: 14, endColumn: 15 },
    })
    expect(run.results[2].locations[0].physicalLocation.artifactLocation.uri).toBe(
      'file:///a,b:c.toml',
    )
  })
})

describe('sortProblems()', () => {
  test('given any order, sorts by file, line and column', () => {
    const at = (name: string, line?: number, column?: number): Problem => ({
      severity: 'error',
      code: 'X',
      message: [name, line, column].join(' '),
      at: { file: name, ...(line && { line }), ...(column && { column }) },
    })
    const sorted = [at('a'), at('a', 2, 9), at('a', 10, 1), at('a', 10, 3), at('b', 1, 1)]
    expect(sortProblems([...sorted].reverse())).toEqual(sorted)
  })
})

describe('makeStrict()', () => {
  test('given an unknown key, makes it an error; given another warning, leaves it', () => {
    const warning = (code: string): Problem => ({ severity: 'warning', code, message: 'm' })
    const strict = makeStrict([warning('DATUM_UNKNOWN_KEY'), warning('POLICY_INERT')])
    expect(strict.map(({ severity }) => severity)).toEqual(['error', 'warning'])
  })
})
