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
    expect(scan(text)).toEqual(model === undefined ? { valid: true } : { valid: true, model })
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
    expect(scan(text)).toEqual({ valid: false })
  })

  test('given a long run of escaped backslashes, stays linear', () => {
    const text = `{"x":"${'\\\\'.repeat(2_000_000)}","model":"a"}`
    expect(scan(text)).toEqual({ valid: true, model: 'a' })
  })
})
