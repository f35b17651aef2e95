import { describe, expect, test } from 'vitest'
import { copyToml, isProblem, parseToml } from './toml.ts'

describe('parseToml()', () => {
  test('given dates, gives them as text', () => {
    const document = parseToml('x.toml', 'on = 2026-02-03\n[a]\nat = [{ t = 07:32:00 }]\n')
    expect(JSON.stringify(document)).toBe('{"on":"2026-02-03","a":{"at":[{"t":"07:32:00.000"}]}}')
  })

  test('given keys that reach a prototype, refuses them', () => {
    for (const text of ['__proto__ = 1', 'constructor = 1', 'a = { __proto__ = { b = 1 } }']) {
      expect(parseToml('x.toml', text)).toMatchObject({ code: 'DATUM_SYNTAX', at: { line: 1 } })
    }
  })

  test('given tables or lists nested without end, refuses them without overflowing', () => {
    const deep = [
      `${'a.'.repeat(200_000)}a = 1`,
      `[${'a.'.repeat(200)}a]`,
      `a = ${'['.repeat(5_000)}`,
    ]
    for (const text of deep) {
      expect(parseToml('x.toml', text)).toMatchObject({ code: 'DATUM_SYNTAX' })
    }
    expect(isProblem(parseToml('x.toml', `${'a.'.repeat(60)}a = 1`))).toBe(false)
  })

  test('given an empty text, gives an empty document', () => {
    const document = parseToml('x.toml', '')
    expect(isProblem(document)).toBe(false)
    expect(Object.keys(document)).toEqual([])
  })

  test('given a document with the keys of a problem, takes it for a document', () => {
    const text = 'severity = "error"\ncode = "X"\nmessage = "m"\n'
    expect(isProblem(parseToml('x.toml', text))).toBe(false)
  })

  test.each([
    ['Words of prose here', 'is prose or Markdown'],
    ['> quoted', 'is prose or Markdown'],
    ['| a | b |', 'is prose or Markdown'],
    ['```toml', 'is prose or Markdown'],
    ['name = ', 'invalid value'],
    ['name "x"', 'illegal character in key'],
  ])('given the line %j, says what it is', (line, message) => {
    const problem = parseToml('x.toml', `[b00t]\n${line}\n`)
    expect(problem).toMatchObject({ message: expect.stringContaining(message), at: { line: 2 } })
  })
})

describe('copyToml()', () => {
  test('given a document, shares nothing with it', () => {
    const original = { a: [{ b: 1 }], c: { d: 'x' } }
    const copy = copyToml(original)
    copy.a[0] = { b: 2 }
    copy.c.d = 'y'
    expect(original).toEqual({ a: [{ b: 1 }], c: { d: 'x' } })
  })
})
