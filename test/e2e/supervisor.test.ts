import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createScratchHome, isAlive, until } from '../../core/cli/scratch-home-fixture.ts'
import { PROGRAMS, RULES, service } from '../fixtures/service-datum.ts'

const WATCHER = '[b00t]\nname = "watch"\ntype = "watcher"\nautostart = true\n'

describe.concurrent('b00t up', { timeout: 60_000 }, () => {
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
      () => up.output().includes('argv'),
      () => up.output(),
    )
    expect(up.output()).toMatch(/datums\/nap\.toml:9:1\n(.*\n)*.*hint: Write `argv` instead/)
    expect(await scratch.status('nap')).toMatchObject({ state: 'running', pid: second.pid })

    scratch.remove('datums/nap.toml')
    await until(async () => (await scratch.status('nap')) === undefined)
    expect(isAlive(second.pid ?? 0)).toBe(false)
    expect(scratch.audit()).toMatchObject([
      { surface: 'nap', generation: 1, exit_reason: 'restarted', actor: 'datum files' },
      { surface: 'nap', generation: 2, exit_reason: 'stopped', reason: 'its file is gone' },
    ])
  })

  test('given a second supervisor for the same folder, names pid and start of the first', async () => {
    await using scratch = createScratchHome(RULES)
    const up = await scratch.up()
    const second = await scratch.b00t('up')
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(
      new RegExp(`SUPERVISOR_RUNNING.*pid ${up.pid}, since 20\\d\\d-\\d\\d-\\d\\dT`),
    )
    expect((await scratch.b00t('status')).code).toBe(0)
  })

  test('given a name that does not exist, starts nothing and leaves nothing', async () => {
    const files = { ...RULES, 'datums/nap.toml': service('nap', ['sleep', '1000']) }
    await using scratch = createScratchHome(files)
    const { code, stderr } = await scratch.b00t('up', 'nep')
    expect(code).toBe(1)
    expect(stderr).toMatch(/DATUM_NOT_FOUND/)
    expect((await scratch.b00t('status')).stderr).toMatch(/SUPERVISOR_ABSENT/)
    expect(scratch.audit()).toEqual([])
  })

  test('given a dependency, waits until it is ready', async () => {
    await using scratch = createScratchHome({
      ...RULES,
      'datums/base.toml': service('base', ['sleep', '1000'], {
        head: 'autostart = false',
        table: 'ready_url = "http://127.0.0.1:1/never"',
      }),
      'datums/top.toml': service('top', ['sleep', '1000'], { head: 'depends_on = ["base"]' }),
    })
    await scratch.up()
    await scratch.reaches('base', ({ state }) => state === 'starting')
    const waiting = await scratch.reaches('top', ({ state }) => state === 'pending')
    expect(waiting.reason).toBe('waiting for base')

    scratch.write('datums/base.toml', service('base', ['sleep', '1000'], {}))
    expect((await scratch.b00t('apply')).code).toBe(0)
    await scratch.reaches('top', ({ state }) => state === 'running')
    expect((await scratch.status('base'))?.state).toBe('running')
  })

  test('given b00t down, leaves no process, no socket and a whole journal', async () => {
    await using scratch = createScratchHome({
      ...RULES,
      'datums/base.toml': service('base', ['sleep', '1000']),
      'datums/top.toml': service('top', [join(PROGRAMS, 'with-children.sh')], {
        head: 'depends_on = ["base"]',
      }),
    })
    const up = await scratch.up()
    const top = await scratch.reaches('top', ({ state }) => state === 'running')
    const base = await scratch.status('base')
    const children = await writtenPids(join(scratch.home, 'logs', 'top.log'), 2)

    expect((await scratch.b00t('down')).code).toBe(0)
    expect(await up.exited).toBe(0)
    expect([top.pid, base?.pid, ...children].filter((pid) => isAlive(pid ?? 0))).toEqual([])
    expect(scratch.audit()).toMatchObject([
      { surface: 'top', exit_reason: 'stopped', reason: 'the supervisor is going down' },
      { surface: 'base', exit_reason: 'stopped' },
    ])
    expect((await scratch.b00t('audit', '--verify')).stdout).toBe('2 lines, the chain is whole\n')
    expect((await scratch.b00t('down')).stderr).toMatch(/SUPERVISOR_ABSENT/)
  })

  test('given an edit that could not start, keeps the running one and says why', async () => {
    await using scratch = createScratchHome({
      ...RULES,
      'datums/nap.toml': service('nap', ['sleep', '1000']),
    })
    const up = await scratch.up()
    const { pid } = await scratch.reaches('nap', ({ state }) => state === 'running')
    scratch.write('datums/nap.toml', service('nap', ['no-such-program-here']))
    await scratch.b00t('apply')
    expect(up.output()).toContain('The running one stays: program "no-such-program-here"')

    const ruled = service('nap', ['sleep', '1000'], { governance: 'crash_budget = 9' })
    scratch.write('datums/nap.toml', ruled)
    expect((await scratch.b00t('apply')).stdout).toMatch(/^live +nap +only its rules/m)
    expect(await scratch.status('nap')).toMatchObject({ state: 'running', pid })
  })

  test('given an edit of what somebody has stopped, leaves it stopped', async () => {
    await using scratch = createScratchHome({
      ...RULES,
      'datums/nap.toml': service('nap', ['sleep', '1000']),
    })
    await scratch.up()
    await scratch.reaches('nap', ({ state }) => state === 'running')
    await scratch.b00t('stop', 'nap')
    scratch.write('datums/nap.toml', service('nap', ['sleep', '1001']))
    await scratch.b00t('apply')
    expect(await scratch.status('nap')).toMatchObject({ state: 'inactive', generation: 1 })
  })

  test('given --detach, returns once everything runs, and SIGTERM ends it all', async () => {
    await using scratch = createScratchHome({
      ...RULES,
      'datums/nap.toml': service('nap', ['sleep', '1000']),
    })
    const { code, stderr } = await scratch.b00t('up', '--detach', '--no-welcome')
    expect(code).toBe(0)
    const pid = Number(/supervisor (\d+) runs in the background/.exec(stderr)?.[1])
    const nap = await scratch.reaches('nap', ({ state }) => state === 'running')
    process.kill(pid, 'SIGTERM')
    await until(() => !isAlive(pid))
    expect(isAlive(nap.pid ?? 0)).toBe(false)
    expect(scratch.audit()).toMatchObject([{ reason: 'the supervisor got SIGTERM' }])
  })
})

/** Pids that a program wrote to its log, one on each line, once there are enough. */
async function writtenPids(log: string, count: number): Promise<number[]> {
  const read = () => readFileSync(log, 'utf8').trim().split('\n').map(Number)
  await until(() => read().length >= count)
  return read()
}
