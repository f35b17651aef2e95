import { describe, expect, test } from 'vitest'
import { formatTable, plainText } from './terminal.ts'

const ESCAPE = String.fromCharCode(27)

describe('formatTable()', () => {
  test('given control characters in a cell, leaves them out; a painted cell keeps its own', () => {
    const painted = `${ESCAPE}[32mok${ESCAPE}[39m`
    const rows = [[`a${ESCAPE}[2J\u009b1mb\r\nc`, { painted }, 'x']]
    expect(formatTable(['NAME', 'STATE', 'Z'], rows)).toEqual([
      'NAME  STATE  Z',
      `ab c  ${painted}     x`,
    ])
  })
})

describe('plainText()', () => {
  test.each([
    ['plain ü €', 'plain ü €'],
    ['bell\u0007', 'bell '],
    [`${ESCAPE}]0;title\u0007text`, 'text'],
    ['turned \u202etxet', 'turned  txet'],
  ])('given %j, gives %j', (text, plain) => {
    expect(plainText(text)).toBe(plain)
  })
})
