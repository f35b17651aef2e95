import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { WAYS, worldIn } from './letters-fixture.ts'
import type { StateName } from './state.ts'
import type { StoredSurface } from './stored-surface.ts'
import { createSurfaceStore } from './surface-store.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'b00t-store-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function surfaceIn(state: StateName): StoredSurface {
  return { key: 'a/b', bootId: 'boot', lifecycle: worldIn(state).state, handle: { pid: 1 } }
}

describe('createSurfaceStore()', () => {
  test.each(Object.keys(WAYS) as StateName[])('given a surface that is %s, keeps it', (state) => {
    const store = createSurfaceStore(folder)
    store.save(surfaceIn(state))
    expect(store.load('a/b')).toEqual(surfaceIn(state))
    expect(store.loadAll()).toEqual([surfaceIn(state)])
    store.remove('a/b')
    expect([store.load('a/b'), store.loadAll()]).toEqual([undefined, []])
  })

  test.each([
    ['null', 'null'],
    ['cut short', '{"key":"a/b"'],
    ['without a lifecycle', '{"key":"a/b","bootId":"boot"}'],
    ['of another key', JSON.stringify({ ...surfaceIn('running'), key: 'c' })],
    ['in no known state', JSON.stringify(surfaceIn('running')).replace('"running"', '"walking"')],
    [
      'stopping for no reason',
      JSON.stringify(surfaceIn('running')).replace('"running"', '"stopping"'),
    ],
    [
      'with a time that is none',
      JSON.stringify(surfaceIn('running')).replace('"wall":0', '"wall":""'),
    ],
  ])('given a record that is %s, still tells whose it is', (_what, text) => {
    const store = createSurfaceStore(folder)
    writeFileSync(join(folder, 'a%2Fb.json'), text)
    expect(store.loadAll()).toEqual([{ key: 'a/b', damaged: true }])
    expect(store.load('a/b')).toEqual({ key: 'a/b', damaged: true })
  })

  test('given files that it has not written, leaves them out', () => {
    const store = createSurfaceStore(folder)
    for (const name of ['notes.txt', '%zz.json', 'a.json.1.x.tmp']) {
      writeFileSync(join(folder, name), '{}')
    }
    expect(store.loadAll()).toEqual([])
  })
})
