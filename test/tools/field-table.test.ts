import { describe, expect, test } from 'vitest'
import { fieldTable, replaceFields } from './field-table.ts'

const ROOT_SCHEMA = {
  $defs: {
    volume: {
      type: 'object',
      required: ['host'],
      properties: { host: { type: 'string', description: 'A path | a name.' } },
    },
    table: {
      type: 'object',
      required: ['image'],
      properties: {
        image: { type: 'string', description: 'What runs.' },
        port: { type: 'integer', minimum: 1, maximum: 9, default: 8, description: 'A port.' },
        runtime: { enum: ['podman', 'docker'], description: 'An engine.' },
        grace: { $ref: 'datum.schema.json#/$defs/duration', default: '5s', description: 'A time.' },
        volumes: { type: 'array', items: { $ref: '#/$defs/volume' }, description: 'Folders.' },
        limits: {
          type: 'object',
          description: 'Bounds.',
          properties: { memory: { type: ['string', 'number'], description: 'In bytes.' } },
        },
        probe: { oneOf: [{ type: 'string' }, { type: 'object' }], description: 'A check.' },
      },
    },
  },
}

describe('fieldTable()', () => {
  test('given a schema, lists every field with type, default and description', () => {
    expect(fieldTable(ROOT_SCHEMA.$defs.table, ROOT_SCHEMA).split('\n')).toEqual([
      '| Key | Type | Default | Meaning |',
      '|---|---|---|---|',
      '| `image` | string | required | What runs. |',
      '| `port` | integer, 1…9 | `8` | A port. |',
      '| `runtime` | `podman`, `docker` |  | An engine. |',
      '| `grace` | duration | `"5s"` | A time. |',
      '| `volumes` | list of table |  | Folders. |',
      '| `volumes[].host` | string | required | A path \\| a name. |',
      '| `limits` | table |  | Bounds. |',
      '| `limits.memory` | string or number |  | In bytes. |',
      '| `probe` | string or table |  | A check. |',
    ])
  })
})

describe('replaceFields()', () => {
  test('given markers, renews what is between them and nothing else', () => {
    const readme = '# x\n<!-- fields -->\nold\n<!-- /fields -->\nend\n'
    const renewed = replaceFields(readme, 'new')
    expect(renewed).toBe('# x\n<!-- fields -->\n\nnew\n\n<!-- /fields -->\nend\n')
    expect(replaceFields(renewed ?? '', 'new')).toBe(renewed)
  })

  test('given no markers, or in the wrong order, leaves the file alone', () => {
    expect(replaceFields('# x\n', 'new')).toBeUndefined()
    expect(replaceFields('<!-- /fields --><!-- fields -->', 'new')).toBeUndefined()
  })
})
