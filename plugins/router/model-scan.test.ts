import { describe, expect, test } from 'vitest'
import { scanJson } from './model-scan.ts'

const scan = (text: string) => scanJson(Buffer.from(text))

describe('scanJson()', () => {
  test.each([
    ['{"model":"a"}', 'a'],
    [' \n{ "x" : [1,{"model":"no"}] , "model" : "a" }\t', 'a'],
    ['{"model":"a","model":"b"}', 'b'],
    ['{"mod\\u0065l":"a"}', 'a'],
    ['{"\\u006d\\u006f\\u0064\\u0065\\u006c":"a"}', 'a'],
    ['{"model":"quote \\" and \\\\"}', 'quote " and \\'],
    ['{"x":"\\\\","model":"a"}', 'a'],
    ['{"x":"}{][\\"","model":"ü🌍"}', 'ü🌍'],
    ['{"x":-1.5e+3,"y":true,"z":null,"model":"a"}', 'a'],
    ['{"x":{"y":["]"]},"model":"a"}', 'a'],
    ['{"model":""}', ''],
    ['{"model":7}', null],
    ['{"model":"a","model":{}}', null],
    ['{"models":"no"}', undefined],
    ['{}', undefined],
  ])('given %s, finds what JSON.parse would keep', (text, model) => {
    expect(scan(text)).toMatchObject({ valid: true })
    expect(scan(text).model).toBe(model)
    const parsed = JSON.parse(text).model
    expect(typeof parsed === 'string' || parsed === undefined ? parsed : null).toBe(model)
  })

  test.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['a missing brace', '{"model":"a"'],
    ['a missing quote', '{"model":"a}'],
    ['a missing colon', '{"model" "a"}'],
    ['a missing comma', '{"model":"a" "x":1}'],
    ['a comma too many', '{"model":"a",}'],
    ['a bare word', '{"model":a}'],
    ['a bare key', '{model:"a"}'],
    ['no value', '{"model":}'],
    ['an open list', '{"x":[1,2'],
    ['text after the end', '{"model":"a"}x'],
    ['a byte order mark', '\ufeff{"model":"a"}'],
    ['a wrong escape in the model', '{"model":"\\x"}'],
  ])('given %s, says that it is not valid', (_, text) => {
    expect(scan(text)).toEqual({ valid: false, named: [] })
  })

  test.each([
    ['{"model":"a","Model":"b"}', 'a', ['a', 'b']],
    ['{"MODEL":"b","model":"a"}', 'a', ['b', 'a']],
    ['{"model":"a","model":"b"}', 'b', ['a', 'b']],
    ['{"model":"a","m\\u004fdel":["b"]}', 'a', ['a', null]],
    ['{"Model":"b"}', undefined, ['b']],
    ['{"model":"a","x":{"Model":"no"},"models":"no","model ":"no"}', 'a', ['a']],
  ])('given %s, tells every name that a backend might act on', (text, model, named) => {
    expect(scan(text)).toEqual({ valid: true, named, ...(model && { model }) })
  })

  test('given a thousand names, says that there are more than it tells', () => {
    const members = Array.from({ length: 1000 }, (_, index) => `"model":"${index}"`)
    const { model, named } = scan(`{${members.join()}}`)
    expect(model).toBe('999')
    expect(named).toHaveLength(17)
    expect(named).toContain(null)
  })

  test('given a long run of escaped backslashes, stays linear', () => {
    const text = `{"x":"${'\\\\'.repeat(2_000_000)}","model":"a"}`
    expect(scan(text)).toEqual({ valid: true, model: 'a', named: ['a'] })
  })
})
