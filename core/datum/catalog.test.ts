import { describe, expect, test } from 'vitest'
import { createTypeCatalog } from './catalog.ts'

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
