import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lastLogLine, logSize, readRange, tailLog } from './log-file.ts'
import { createScratchRun, type ScratchRun } from './scratch-run-fixture.ts'

function write(run: ScratchRun, text: string): string {
  mkdirSync(dirname(run.logFile), { recursive: true })
  writeFileSync(run.logFile, text)
  return run.logFile
}

describe('lastLogLine()', () => {
  test('given a log, finds the last line with text that was written since', () => {
    using run = createScratchRun()
    const file = write(run, 'old\n')
    const offset = logSize(file)
    expect(lastLogLine(file, offset)).toBeUndefined()
    appendFileSync(file, 'new\n  failed: x  \n\n')
    expect(lastLogLine(file, offset)).toBe('failed: x')
    expect(lastLogLine(`${file}.gone`, 0)).toBeUndefined()
  })

  test('given a line without end, cuts it', () => {
    using run = createScratchRun()
    expect(lastLogLine(write(run, 'x'.repeat(100_000)), 0)).toBe('x'.repeat(300))
  })
})

describe('tailLog()', () => {
  test('given more lines than asked for, gives the last ones in order', () => {
    using run = createScratchRun()
    const all = Array.from({ length: 20_000 }, (_, index) => `line ${index}`)
    const file = write(run, `${all.join('\n')}\n`)
    expect(tailLog(file, 3)).toEqual(['line 19997', 'line 19998', 'line 19999'])
    expect(tailLog(file, 15_000)).toEqual(all.slice(5000))
    expect(tailLog(file, 50_000)).toEqual(all)
    expect(tailLog(file, 0)).toEqual([])
  })

  test('given characters of several bytes across the pieces it reads, keeps them whole', () => {
    using run = createScratchRun()
    const line = '€'.repeat(30_000)
    expect(tailLog(write(run, `a\n${line}\n${line}`), 2)).toEqual([line, line])
  })

  test('given a log that is one endless line, reads only its end', () => {
    using run = createScratchRun()
    const file = write(run, `first\n${'x'.repeat(9 * 2 ** 20)}\nend\n`)
    const [long = '', end] = tailLog(file, 50)
    expect([long.length, end]).toEqual([8 * 2 ** 20 - '\nend\n'.length, 'end'])
  })

  test('given no file or an empty one, gives nothing', () => {
    using run = createScratchRun()
    expect(tailLog(run.logFile, 5)).toEqual([])
    expect(tailLog(write(run, ''), 5)).toEqual([])
  })
})

describe('readRange()', () => {
  test('given offsets past the end, gives what is there', () => {
    using run = createScratchRun()
    const file = write(run, 'abcdef')
    expect([readRange(file, 2, 4), readRange(file, 4, 99), readRange(file, 99, 100)]).toEqual([
      'cd',
      'ef',
      '',
    ])
  })
})
