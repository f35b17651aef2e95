import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createScratchHome, until } from '../../core/cli/scratch-home-fixture.ts'
import { PROGRAMS, RULES, service } from '../fixtures/service-datum.ts'

const CRASHES = join(PROGRAMS, 'crashes.sh')
const LISTENS = join(PROGRAMS, 'listens.mjs')

describe.concurrent('b00t up under rules', { timeout: 60_000 }, () => {
  test('given a crash loop, quarantines at the budget until it is released', async () => {
    await using scratch = createScratchHome({
      ...RULES,
      'datums/bad.toml': service('bad', [CRASHES], { governance: 'crash_budget = 3' }),
    })
    await scratch.up()
    const { quarantined_at } = await scratch.reaches('bad', ({ state }) => state === 'quarantined')
    expect(scratch.audit().map((line) => line.exit_reason)).toEqual([
      'crashed',
      'crashed',
      'quarantined',
    ])
    expect(scratch.audit().map((line) => line.crash_count)).toEqual([1, 2, 3])
    expect(scratch.audit()[0]).toMatchObject({
      exit_code: 3,
      bytes_logged: readFileSync(join(scratch.home, 'logs', 'bad.log')).length / 3,
      reason: 'exited with code 3: cannot connect: wrong password none',
    })

    const refused = await scratch.b00t('start', 'bad')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`quarantined since ${quarantined_at} after 3 crashes`)
    expect(refused.stderr).toContain('cannot connect: wrong password none')
    expect((await scratch.b00t('release', 'bad')).code).toBe(2)
    expect((await scratch.b00t('release', 'bad', '--reason', 'mended')).code).toBe(0)

    scratch.write('datums/bad.toml', service('bad', ['sleep', '1000']))
    await scratch.b00t('apply')
    const started = await scratch.b00t('start', 'bad', '--json')
    expect(JSON.parse(started.stdout)).toMatchObject({ state: 'running', crashes: 0 })
    expect(scratch.audit().at(3)).toMatchObject({ kind: 'released', reason: 'mended' })
  })

  test('given a quarantined datum that is deleted and dropped again, it stays quarantined', async () => {
    const bad = service('bad', [CRASHES], { governance: 'crash_budget = 1' })
    await using scratch = createScratchHome({ ...RULES, 'datums/bad.toml': bad })
    await scratch.up()
    await scratch.reaches('bad', ({ state }) => state === 'quarantined')
    rmSync(join(scratch.path, 'datums/bad.toml'))
    await scratch.b00t('apply')
    expect(await scratch.status('bad')).toBeUndefined()
    scratch.write('datums/bad.toml', bad)
    await scratch.b00t('apply')
    expect(await scratch.status('bad')).toMatchObject({ state: 'quarantined', generation: 1 })
  })

  test('given a time to live that ends, renews it with a record', async () => {
    await using scratch = createScratchHome({
      ...RULES,
      'datums/nap.toml': service('nap', ['sleep', '1000'], { governance: 'max_ttl = "1s"' }),
    })
    await scratch.up()
    const { pid } = await scratch.reaches('nap', ({ state }) => state === 'running')
    await until(() => scratch.audit().length >= 2)
    expect(scratch.audit()[1]).toMatchObject({ kind: 'renewed', generation: 1 })
    expect(await scratch.status('nap')).toMatchObject({ state: 'running', pid })
  })

  test('given a time to live that ends with a requirement unmet, stops', async () => {
    await using scratch = createScratchHome({
      ...RULES,
      'datums/nap.toml': service('nap', ['sh', '-c', 'rmdir "$PWD"; exec sleep 1000'], {
        governance: 'max_ttl = "1s"',
        table: 'working_dir = "../keep"',
      }),
    })
    mkdirSync(join(scratch.path, 'keep'))
    await scratch.up()
    const ended = await scratch.reaches('nap', ({ state }) => state === 'failed')
    expect(ended.reason).toMatch(/keep does not exist$/)
    expect(scratch.audit().at(-1)).toMatchObject({ exit_reason: 'ttl', crash_count: 1 })
  })

  test('given a lower role, refuses what it may not do', async () => {
    await using scratch = createScratchHome({
      ...RULES,
      'datums/nap.toml': service('nap', ['sleep', '1000'], { head: 'autostart = false' }),
    })
    await scratch.up()
    const viewer = await scratch.b00t('--role', 'viewer', 'start', 'nap')
    expect(viewer).toMatchObject({ code: 1, stdout: '' })
    expect(viewer.stderr).toContain('ROLE_FORBIDDEN')
    const agent = await scratch.b00t('--role', 'agent', 'start', 'nap')
    expect(agent.stderr).toContain('role agent is not among executive, operator')
    expect((await scratch.b00t('--role', 'viewer', 'down')).code).toBe(1)
    expect(await scratch.status('nap')).toMatchObject({ state: 'inactive', generation: 0 })
    expect((await scratch.b00t('--role', 'executive', 'start', 'nap')).code).toBe(0)
    expect((await scratch.b00t('stop', 'nap')).code).toBe(0)
    expect(scratch.audit()).toMatchObject([{ role: 'operator' }])
  })

  test('given a port that is taken, names the holder and starts once it is free', async () => {
    const holder = spawn(process.execPath, [LISTENS, '0'])
    const [chunk] = await once(holder.stdout, 'data')
    const port = Number(String(chunk))
    await using scratch = createScratchHome({
      ...RULES,
      'datums/web.toml': service('web', [process.execPath, LISTENS, String(port)], {
        table: `ready_port = ${port}`,
      }),
    })
    const up = await scratch.up()
    const { reason } = await scratch.reaches('web', ({ state }) => state === 'blocked')
    expect(reason).toContain(`port ${port} is taken by pid ${holder.pid} (`)
    // It looks again each second, but says so only once.
    await until(() => blockedEvents(scratch.home).length > 0)
    holder.kill()
    await scratch.reaches('web', ({ state }) => state === 'running')
    expect(blockedEvents(scratch.home)).toHaveLength(1)
    expect(up.output().match(/is blocked/g)).toHaveLength(1)
  })

  test('given a program that prints a secret, keeps it out of everything but its own log', async () => {
    const canary = 'canary-4f1d9e77'
    await using scratch = createScratchHome(
      {
        ...RULES,
        'datums/bad.toml': service('bad', [CRASHES], {
          table: 'pass_environment = ["SERVICE_SEAT"]',
          governance: 'crash_budget = 2',
        }),
      },
      { SERVICE_SEAT: canary },
    )
    const up = await scratch.up()
    await scratch.reaches('bad', ({ state }) => state === 'quarantined')
    const outputs = [
      await scratch.b00t('status', '--json'),
      await scratch.b00t('audit', '--all', '--json'),
      await scratch.b00t('events', '--json'),
      await scratch.b00t('start', 'bad'),
      await scratch.b00t('datum', 'show', 'bad'),
      await scratch.b00t('doctor'),
    ]
    expect(JSON.stringify(outputs)).not.toContain(canary)
    expect(up.output()).not.toContain(canary)
    expect(filesWith(scratch.home, canary)).toEqual(['logs/bad.log'])
    expect((await scratch.status('bad'))?.reason).toMatch(/wrong password \*+$/)
  })
})

function blockedEvents(home: string): string[] {
  const lines = readFileSync(join(home, 'logs', 'supervisor.log'), 'utf8').split('\n')
  return lines.filter((line) => line.includes('"state":"blocked"'))
}

/** Files below a folder that hold a text, by path relative to it. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file, 'utf8').includes(text))
    .map((file) => file.slice(folder.length + 1))
}
