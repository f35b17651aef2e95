import { describe, expect, test } from 'vitest'
import { parseDatum } from './read.ts'
import { catalogueOf } from './scratch-fixture.ts'

/** What is said about the table `[b00t.job]` with this text under this schema. */
function complaints(schema: object, text: string): string[] {
  const bytes = Buffer.from(`[b00t.job]\n${text}\n`)
  const { problems } = parseDatum('/d/x.job.toml', bytes, catalogueOf(schema))
  return problems.map(({ message, at }) => `${at?.line}:${at?.column} ${message}`)
}

function complaintsOn(schema: object, value: string): string[] {
  return complaints({ properties: { x: schema } }, `x = ${value}`)
}

describe('explain()', () => {
  test.each([
    [{ type: 'integer', minimum: 1 }, '0', '`x` is 0, wanted an integer of at least 1'],
    [{ type: 'number', maximum: 1 }, '1.5', '`x` is 1.5, wanted a number of at most 1'],
    [{ type: 'number', exclusiveMinimum: 0 }, '0', '`x` is 0, wanted a number above 0'],
    [{ type: 'number', exclusiveMaximum: 9 }, '9', '`x` is 9, wanted a number below 9'],
    [{ type: 'integer', multipleOf: 8 }, '9', '`x` is 9, wanted an integer divisible by 8'],
    [{ type: 'string' }, 'true', '`x` is true, wanted text'],
    [{ type: 'string', minLength: 1 }, '""', '`x` is empty, wanted text of at least 1 character'],
    [
      { type: 'string', maxLength: 2 },
      '"abc"',
      '`x` is "abc", wanted text of at most 2 characters',
    ],
    [{ type: 'string', pattern: '^a' }, '"b"', '`x` is "b", wanted text that matches ^a'],
    [{ type: 'boolean' }, '{ a = 1 }', '`x` is a table, wanted true or false'],
    [{ type: ['string', 'array'] }, '1', '`x` is 1, wanted text or a list'],
    [{ type: 'object' }, '"a"', '`x` is "a", wanted a table'],
    [
      { type: 'array', maxItems: 1 },
      '[1, 2]',
      '`x` is a list, wanted a list with at most 1 entries',
    ],
    [{ const: 'a' }, '"b"', '`x` is "b", wanted "a"'],
    [{ enum: ['ro', 'rw'] }, '"r"', '`x` is "r", wanted "ro" or "rw"'],
    [{ not: {} }, '1', '`x` is not allowed here'],
    [false, '1', '`x` is not allowed here'],
    [{ type: 'array', uniqueItems: true }, '["a", "a"]', '`x` holds "a" twice'],
  ])('given %j and %s, says %s', (schema, value, message) => {
    const said = complaintsOn(schema as object, value)
    expect(said).toHaveLength(1)
    expect(said[0]?.replace(/^\d+:\d+ /, '')).toBe(message)
  })

  test('given a long list of words, names only the two nearest', () => {
    const schema = { enum: ['alpha', 'beta', 'gamma', 'delta', 'gemma'] }
    expect(complaintsOn(schema, '"gama"')).toEqual([
      '2:5 `x` is "gama", wanted one of 5 words, e.g. "gamma" or "gemma"',
    ])
  })

  test('given a long text or a token, does not repeat it whole', () => {
    expect(complaintsOn({ type: 'integer' }, `"${'a'.repeat(90)}"`)[0]).toMatch(/"a{40}…", wanted/)
    expect(complaintsOn({ type: 'integer' }, '"b00t-sk-abcdefghijk"')[0]).toMatch(
      /is "\*+", wanted/,
    )
  })
})

describe('explain() with choices', () => {
  const image = { type: 'object', required: ['image'], properties: { image: { type: 'string' } } }
  const build = { type: 'object', required: ['build'], properties: { build: { type: 'string' } } }

  test('given a value of no branch, says once what would fit', () => {
    const schema = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }
    expect(complaintsOn(schema, '5')).toEqual(['2:5 `x` is 5, wanted text or a list of text'])
  })

  test('given a value of the kind of one branch, explains that branch', () => {
    const schema = { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }
    expect(complaintsOn(schema, '["a", 5]')).toEqual(['2:11 `x[1]` is 5, wanted text'])
  })

  test('given none of the required keys, or two of which one is allowed, says so once', () => {
    const message = '2:5 [b00t.job.x] must have exactly one of `image` or `build`'
    expect(complaintsOn({ oneOf: [image, build] }, '{ a = 1 }')).toEqual([message])
    const both = '{ image = "a", build = "b" }'
    expect(complaintsOn({ oneOf: [image, build] }, both)).toEqual([message])
  })

  test('given branches told apart by a constant, explains the one that was meant', () => {
    const branch = (kind: string, property: string) => ({
      type: 'object',
      required: [property],
      properties: { kind: { const: kind }, [property]: { type: 'integer' } },
    })
    const schema = { oneOf: [branch('http', 'port'), branch('file', 'size')] }
    expect(complaintsOn(schema, '{ kind = "file", size = "big" }')).toEqual([
      '2:29 `x.size` is "big", wanted an integer',
    ])
  })

  test('given a wrong neighbour before the choice, keeps its problem', () => {
    const schema = {
      properties: { port: { type: 'integer' } },
      anyOf: [{ required: ['image'] }, { required: ['build'] }],
    }
    expect(complaints(schema, 'port = "a"').sort()).toEqual([
      '1:1 [b00t.job] must have at least one of `image` or `build`',
      '2:8 `port` is "a", wanted an integer',
    ])
  })

  test('given if and then, reports the consequence alone', () => {
    const schema = {
      if: { properties: { kind: { const: 'cloud' } }, required: ['kind'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, never awaited
      then: { required: ['image'] },
    }
    expect(complaints(schema, 'kind = "cloud"')).toEqual(['1:1 [b00t.job] has no `image`'])
  })
})
