import { describe, expect, test } from 'vitest'
import { B00tError, ERRORS, messageOf, placeText } from './error.ts'

describe('B00tError', () => {
  test('given a code of the catalogue, takes hint and fault from there', () => {
    expect(new B00tError('USAGE', 'No such option')).toMatchObject({
      name: 'B00tError',
      message: 'No such option',
      hint: 'Run the command with `--help`.',
      fault: 'user',
      problems: [],
    })
    expect(new B00tError('INTERNAL', 'Oh').fault).toBe('system')
  })

  test('given details, prefers them and keeps the cause', () => {
    const cause = new Error('below')
    const at = { file: 'x.toml', line: 3 }
    const error = new B00tError('USAGE', 'Above', { cause, at, hint: 'Do it.', fault: 'system' })
    expect(error).toMatchObject({ cause, at, hint: 'Do it.', fault: 'system' })
  })
})

describe('ERRORS', () => {
  test('given every entry, speaks in sentences', () => {
    for (const [code, { meaning, next }] of Object.entries(ERRORS)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
      for (const text of [meaning, next]) expect(text).toMatch(/^[A-Z].*\.$/)
    }
  })
})

describe('placeText()', () => {
  test('given a place, prints as much of it as is known', () => {
    expect(placeText({ file: 'a' })).toBe('a')
    expect(placeText({ file: 'a', line: 2, column: 3, endColumn: 9 })).toBe('a:2:3')
  })
})

describe('messageOf()', () => {
  test('given anything that was thrown, gives its text', () => {
    expect([new Error('x'), 'y', undefined].map(messageOf)).toEqual(['x', 'y', 'undefined'])
  })
})
