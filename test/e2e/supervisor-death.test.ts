import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createScratchHome, isAlive, until } from '../../core/cli/scratch-home-fixture.ts'
import { MARKER_VARIABLE } from '../../core/process/identity.ts'
import { markerOf } from '../../core/process/launch.ts'
import { PROGRAMS, RULES, service } from '../fixtures/service-datum.ts'

const NAP = { ...RULES, 'datums/nap.toml': service('nap', ['sleep', '1000']) }

describe.concurrent('b00t up after a supervisor was killed', { timeout: 60_000 }, () => {
  test('given a service that still runs, takes it over and can still stop it', async () => {
    await using scratch = createScratchHome(NAP)
    const first = await scratch.up()
    const before = await scratch.reaches('nap', ({ state }) => state === 'running')
    await first.end('SIGKILL')
    expect(isAlive(before.pid ?? 0)).toBe(true)
    const { stdout } = await scratch.b00t('doctor')
    expect(stdout).toContain('no supervisor runs')

    await scratch.up()
    const { pid, generation, ttl_expires_at } = await scratch.reaches('nap', () => true)
    expect({ pid, generation, ttl_expires_at }).toEqual({
      pid: before.pid,
      generation: 1,
      ttl_expires_at: before.ttl_expires_at,
    })
    expect((await scratch.b00t('stop', 'nap')).code).toBe(0)
    expect(isAlive(before.pid ?? 0)).toBe(false)
    expect(scratch.audit()).toMatchObject([{ generation: 1, exit_reason: 'stopped' }])
  })

  test('given a service that ended in the meantime, records it and starts it anew', async () => {
    await using scratch = createScratchHome(NAP)
    const first = await scratch.up()
    const before = await scratch.reaches('nap', ({ state }) => state === 'running')
    await first.end('SIGKILL')
    process.kill(before.pid ?? 0, 'SIGKILL')
    await until(() => !isAlive(before.pid ?? 0))

    await scratch.up()
    const after = await scratch.reaches('nap', ({ state }) => state === 'running')
    expect(after).toMatchObject({ generation: 2, crashes: 1 })
    expect(scratch.audit()).toMatchObject([{ generation: 1, exit_reason: 'unobserved' }])
  })

  test('given a service that dies after it was taken over, sees it and starts it again', async () => {
    await using scratch = createScratchHome(NAP)
    const first = await scratch.up()
    const before = await scratch.reaches('nap', ({ state }) => state === 'running')
    await first.end('SIGKILL')
    await scratch.up()
    process.kill(before.pid ?? 0, 'SIGKILL')
    await scratch.reaches('nap', ({ state, generation }) => state === 'running' && generation === 2)
  })

  test('given a datum that was removed in the meantime, ends what it left', async () => {
    await using scratch = createScratchHome({
      ...RULES,
      'datums/group.toml': service('group', [join(PROGRAMS, 'with-children.sh')]),
    })
    const first = await scratch.up()
    const { pid = 0 } = await scratch.reaches('group', ({ state }) => state === 'running')
    const log = join(scratch.home, 'logs', 'group.log')
    await until(() => readFileSync(log, 'utf8').split('\n').length > 2)
    const pids = [pid, ...readFileSync(log, 'utf8').trim().split('\n').map(Number)]
    await first.end('SIGKILL')
    scratch.remove('datums/group.toml')

    await scratch.up()
    await until(() => !pids.some(isAlive))
    expect(scratch.audit()).toMatchObject([{ surface: 'group', exit_reason: 'unobserved' }])
    expect(await scratch.status('group')).toBeUndefined()
  })

  test('given a child that was started but not yet noted, finds and ends it', async () => {
    await using scratch = createScratchHome(NAP)
    const first = await scratch.up()
    const { pid = 0 } = await scratch.reaches('nap', ({ state }) => state === 'running')
    await first.end('SIGKILL')
    // What the file holds between the order to start and the note of what was started.
    const file = join(scratch.home, 'run', 'surfaces', 'nap.json')
    const { handle: _handle, ...stored } = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify(stored))

    await scratch.up()
    const after = await scratch.reaches('nap', ({ state }) => state === 'running')
    expect(after.pid).not.toBe(pid)
    expect(isAlive(pid)).toBe(false)
  })

  test('given the pid of the service taken over by a stranger, leaves the stranger alone', async () => {
    await using scratch = createScratchHome(NAP)
    const first = await scratch.up()
    const { pid = 0 } = await scratch.reaches('nap', ({ state }) => state === 'running')
    await first.end('SIGKILL')
    process.kill(pid, 'SIGKILL')
    const stranger = spawn('sleep', ['1000'], { detached: true })
    const file = join(scratch.home, 'run', 'surfaces', 'nap.json')
    const stored = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(
      file,
      JSON.stringify({ ...stored, handle: { ...stored.handle, pid: stranger.pid } }),
    )

    await scratch.up()
    await scratch.reaches('nap', ({ state }) => state === 'running')
    expect(isAlive(stranger.pid ?? 0)).toBe(true)
    stranger.kill('SIGKILL')
  })

  test('given a quarantine from before the machine was started anew, keeps it', async () => {
    await using scratch = createScratchHome({
      ...RULES,
      'datums/bad.toml': service('bad', [join(PROGRAMS, 'crashes.sh')], {
        governance: 'crash_budget = 1',
      }),
    })
    const first = await scratch.up()
    await scratch.reaches('bad', ({ state }) => state === 'quarantined')
    await first.end('SIGKILL')
    const file = join(scratch.home, 'run', 'surfaces', 'bad.json')
    const stored = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify({ ...stored, bootId: 'an earlier boot' }))

    await scratch.up()
    expect(await scratch.status('bad')).toMatchObject({ state: 'quarantined', generation: 1 })
  })
})

describe('markerOf()', () => {
  test('given a running service, is what its process carries', async () => {
    await using scratch = createScratchHome(NAP)
    await scratch.up()
    const { pid } = await scratch.reaches('nap', ({ state }) => state === 'running')
    const logFile = join(scratch.home, 'logs', 'nap.log')
    const marker = markerOf({ key: 'nap', generation: 1, logFile })
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    expect(environment).toContain(`${MARKER_VARIABLE}=${marker}`)
  })
})
