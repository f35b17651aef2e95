import { describe, expect, test } from 'vitest'
import { createTypeCatalog, type TypeCatalog } from './catalog.ts'
import type { Datum } from './datum.ts'
import { parseDatum } from './read.ts'
import { catalogueOf } from './scratch-fixture.ts'

const info = { schema: { type: 'object' }, runnable: true }

describe('createTypeCatalog()', () => {
  test('given types and aliases, finds them whatever the case and the dash', () => {
    const types = createTypeCatalog([{ ...info, type: 'mcp', aliases: ['mcp_server'] }])
    expect(
      ['mcp', 'MCP', 'mcp-server', 'mcp_server'].map((word) => types.find(word)?.type),
    ).toEqual(['mcp', 'mcp', 'mcp', 'mcp'])
    expect(types.find('toString')).toBeUndefined()
  })

  test('given two claims to one word, a type wins over an alias and the first over the second', () => {
    const types = createTypeCatalog([
      { ...info, type: 'a', aliases: ['b', 'c'] },
      { ...info, type: 'b', aliases: ['c'] },
    ])
    expect(types.find('b')?.type).toBe('b')
    expect(types.find('c')?.type).toBe('a')
  })

  test('given a schema, compiles it once', () => {
    const types = createTypeCatalog([{ ...info, type: 'a', aliases: [] }])
    const [type] = types.types
    if (!type) throw new Error('one type was given')
    expect(types.compile(type)).toBe(types.compile(type))
  })

  test('given a datum without the table that its type requires, calls it not runnable', () => {
    const parse = (catalogue: TypeCatalog, text: string): Datum => {
      const { datum } = parseDatum('/d/x.job.toml', Buffer.from(text), catalogue)
      if (!datum) throw new Error('the datum is valid')
      return datum
    }
    const strict = catalogueOf({ required: ['command'] })
    const lax = catalogueOf({ properties: { command: { default: 'x' } } })
    const described = 'b00t.name = "x"'
    const complete = 'b00t.job.command = "x"'
    expect(strict.isRunnable(parse(strict, described))).toBe(false)
    expect(strict.isRunnable(parse(strict, complete))).toBe(true)
    expect(lax.isRunnable(parse(lax, described))).toBe(true)
    const unrunnable = catalogueOf({}, { runnable: false })
    expect(unrunnable.isRunnable(parse(unrunnable, complete))).toBe(false)
    expect(lax.isRunnable({ ...parse(lax, complete), type: 'okr' })).toBe(false)
  })

  test('given a reference to a duration of the common head, follows it', () => {
    const schema = {
      $id: 'a.schema.json',
      type: 'object',
      properties: { b00t: { $ref: 'datum.schema.json#/$defs/duration' } },
    }
    const type = { ...info, type: 'a', aliases: [], schema }
    const { check } = createTypeCatalog([type]).compile(type)
    expect(check({ b00t: '10m' })).toEqual([])
    expect(check({ b00t: 'soon' })).toHaveLength(1)
  })
})
