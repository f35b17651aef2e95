import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createScratchHome, isAlive, until } from '../../core/cli/scratch-home.ts'
import { RULES, service } from '../fixtures/service-datum.ts'

const WATCHER = '[b00t]\nname = "watch"\ntype = "watcher"\nautostart = true\n'

describe('b00t up', () => {
  test('given a datum that is dropped, edited, broken and deleted, follows each step', async () => {
    await using scratch = createScratchHome({ 'datums/watch.toml': WATCHER, ...RULES })
    const up = await scratch.up()

    scratch.write('datums/nap.toml', service('nap', ['sleep', '1000']))
    const first = await scratch.reaches('nap', ({ state }) => state === 'running')

    scratch.write('datums/nap.toml', service('nap', ['sleep', '1001']))
    const second = await scratch.reaches(
      'nap',
      ({ state, pid }) => state === 'running' && pid !== first.pid,
    )
    expect(isAlive(first.pid ?? 0)).toBe(false)

    scratch.write('datums/nap.toml', service('nap', ['sleep', '1002']).replace('argv', 'agrv'))
    await until(
      () => up.output().includes('did you mean "argv"'),
      () => up.output(),
    )
    expect(up.output()).toMatch(/datums\/nap\.toml:\d+:\d+/)
    expect(await scratch.status('nap')).toMatchObject({ state: 'running', pid: second.pid })

    scratch.remove('datums/nap.toml')
    await until(async () => (await scratch.status('nap')) === undefined)
    expect(isAlive(second.pid ?? 0)).toBe(false)
    expect(await scratch.audit()).toMatchObject([
      { surface: 'nap', generation: 1, exit_reason: 'restarted', actor: 'datum files' },
      { surface: 'nap', generation: 2, exit_reason: 'stopped', reason: 'its file is gone' },
    ])
  })
})
