import { describe, expect, test } from 'vitest'
import type { Datum } from '#core'
import soul from './index.ts'

function datumWith(backends: object): Datum {
  return {
    key: 'server-soul',
    name: 'server-soul',
    type: 'soul',
    hint: '',
    file: '/x/server-soul.tomllm',
    hash: '',
    autostart: false,
    dependsOn: [],
    governance: {},
    table: {},
    document: { backends },
  }
}

const codes = (backends: object) =>
  soul.lint?.(datumWith(backends)).map(({ severity, code }) => `${severity} ${code}`)

describe('lint()', () => {
  test('given distinct backends with ports, finds nothing', () => {
    expect(codes({ local: [{ name: 'a', port: 1 }], remote: [{ name: 'b' }] })).toEqual([])
  })

  test('given no backends, warns', () => {
    expect(codes({})).toEqual(['warning SOUL_EMPTY'])
  })

  test('given one name twice, also across the lists, reports it once', () => {
    const backends = { local: [{ name: 'a', port: 1 }], remote: [{ name: 'a' }, { name: 'a' }] }
    expect(codes(backends)).toEqual(['error SOUL_NAME_TWICE'])
  })

  test('given port 0, warns unless the backend is switched off', () => {
    const backends = (enabled: boolean) => ({ local: [{ name: 'a', port: 0, enabled }] })
    expect(codes(backends(true))).toEqual(['warning SOUL_PORT_UNKNOWN'])
    expect(codes(backends(false))).toEqual([])
  })
})

describe('the soul plugin', () => {
  test('given a soul, does not start anything', () => {
    expect(soul.create).toBeUndefined()
  })
})
