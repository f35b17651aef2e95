import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { readBootId } from '../process/identity.ts'
import { createLamps, type Lamps, OPERATOR } from './lamps-fixture.ts'

describe('Supervisor.apply()', () => {
  test('given edits during a slow removal, the last of them is what runs', async () => {
    using lamps = createLamps()
    lamps.write('a', 'red')
    await booted(lamps, 'a')
    const light = lamps.holdLight()
    lamps.remove('a')
    const applied = [lamps.supervisor.apply(OPERATOR)]
    lamps.write('a', 'green')
    applied.push(lamps.supervisor.apply(OPERATOR))
    lamps.write('a', 'blue')
    applied.push(lamps.supervisor.apply(OPERATOR))
    light()
    await Promise.all(applied)
    await settled(lamps, 'a')
    expect(lamps.shining).toEqual(new Map([['a', 'blue']]))
    expect(lamps.supervisor.plan()).toMatchObject([{ key: 'a', change: 'keep' }])
  })

  test('given a file that is back before its removal began, lets it run on and be started', async () => {
    using lamps = createLamps()
    lamps.write('a', 'red')
    await booted(lamps, 'a')
    lamps.remove('a')
    const removed = lamps.supervisor.apply(OPERATOR)
    lamps.write('a', 'red')
    lamps.supervisor.plan()
    await removed
    const { surfaces } = lamps.supervisor
    const restarted = await surfaces.command('a', { type: 'restart', actor: OPERATOR })
    expect(restarted).toMatchObject({ state: 'running', generation: 2 })
  })

  test('given the end of everything, changes nothing any more', async () => {
    using lamps = createLamps()
    lamps.write('a', 'red')
    await booted(lamps, 'a')
    const light = lamps.holdLight()
    const ended = lamps.supervisor.surfaces.stopAll(OPERATOR, 'the end')
    lamps.write('a', 'green')
    lamps.write('b', 'green')
    await lamps.supervisor.apply(OPERATOR)
    light()
    expect(await ended).toEqual([])
    expect(lamps.shining.size).toBe(0)
    expect(lamps.reports).toEqual([])
  })
})

describe('SurfaceTable.remove()', () => {
  test('given a surface that is leaving, refuses to start it', async () => {
    using lamps = createLamps()
    lamps.write('a', 'red')
    await booted(lamps, 'a')
    const { surfaces } = lamps.supervisor
    const light = lamps.holdLight()
    lamps.remove('a')
    const applied = lamps.supervisor.apply(OPERATOR)
    for (const type of ['start', 'restart'] as const) {
      const command = surfaces.command('a', { type, actor: OPERATOR })
      await expect(command).rejects.toMatchObject({ code: 'SURFACE_STATE' })
    }
    light()
    await applied
    expect([surfaces.entries.size, lamps.shining.size]).toEqual([0, 0])
  })

  test('given a state that nobody knows, keeps it until it is released', async () => {
    using lamps = createLamps()
    lamps.write('a', 'red')
    await booted(lamps, 'a')
    const { surfaces } = lamps.supervisor
    const runner = surfaces.runnerOf(surfaces.find('a'))
    runner.dispatch({ type: 'unverifiable', generation: 1, reason: 'nobody can tell' })
    lamps.remove('a')
    await lamps.supervisor.apply(OPERATOR)
    await lamps.supervisor.apply(OPERATOR)
    expect(surfaces.status()).toMatchObject([{ key: 'a', state: 'unknown' }])
    expect(lamps.store.load('a')).toMatchObject({ bootId: readBootId() })
    expect(lamps.reports).toEqual([expect.stringMatching(/^Cannot forget a.*b00t release a/)])

    await surfaces.command('a', { type: 'release', actor: OPERATOR, reason: 'looked' })
    expect(surfaces.status()).toEqual([])
    expect(lamps.store.load('a')).toBeUndefined()
    expect(lamps.events.at(-1)).toMatchObject({ type: 'surface.removed', data: { key: 'a' } })
  })

  test('given a state that nobody knows and a file that comes back, is one like any other', async () => {
    using lamps = createLamps()
    lamps.write('a', 'red')
    await booted(lamps, 'a')
    const { surfaces } = lamps.supervisor
    const runner = surfaces.runnerOf(surfaces.find('a'))
    runner.dispatch({ type: 'unverifiable', generation: 1, reason: 'nobody can tell' })
    lamps.remove('a')
    await lamps.supervisor.apply(OPERATOR)
    lamps.write('a', 'red')
    await lamps.supervisor.apply(OPERATOR)
    await surfaces.command('a', { type: 'release', actor: OPERATOR, reason: 'looked' })
    expect(await surfaces.command('a', { type: 'start', actor: OPERATOR })).toMatchObject({
      state: 'running',
    })
  })
})

describe('SurfaceTable.command()', () => {
  test('given a release after a refused start, says nothing of the refusal any more', async () => {
    using lamps = createLamps()
    lamps.write('a', 'red')
    await booted(lamps, 'a')
    const { surfaces } = lamps.supervisor
    const entry = surfaces.find('a')
    const action = { action: 'quarantine', reason: 'it smokes' } as const
    entry.runner?.dispatch({ type: 'maintained', generation: 1, action })
    await surfaces.settled(entry)
    surfaces.tryStart(entry, OPERATOR)
    expect(lamps.reports).toEqual([expect.stringMatching(/^Cannot start a: quarantined since/)])
    const start = surfaces.command('a', { type: 'start', actor: OPERATOR })
    const hint = expect.stringContaining('`b00t release a --reason TEXT`')
    await expect(start).rejects.toMatchObject({ code: 'SURFACE_QUARANTINED', hint })
    await surfaces.command('a', { type: 'release', actor: OPERATOR, reason: 'mended' })
    expect(surfaces.status()[0]).toMatchObject({ state: 'inactive' })
    expect(surfaces.status()[0]?.reason).toBeUndefined()
  })
})

describe('what the bus is told', () => {
  test('given a renewal, tells that once and no state again', async () => {
    using lamps = createLamps()
    lamps.write('a', 'red')
    await booted(lamps, 'a')
    const before = lamps.events.length
    const { runner } = lamps.supervisor.surfaces.find('a')
    runner?.dispatch({ type: 'evaluated', generation: 1, problem: undefined })
    const reason = 'requirements, health and policy hold'
    expect(lamps.events.slice(before)).toMatchObject([
      { type: 'surface.renewed', data: { key: 'a', reason } },
    ])
  })
})

describe('SurfaceTable.stopAll()', () => {
  test('given one that sends work to others, stops the others once it has ended', async () => {
    using lamps = createLamps()
    lamps.write('a', 'red')
    lamps.write('b', 'reflected')
    lamps.write('c', 'red', 'depends_on = ["b"]')
    await booted(lamps, 'a', 'b', 'c')
    const { surfaces } = lamps.supervisor
    const light = lamps.holdLight()
    const ended = surfaces.stopAll(OPERATOR, 'the end')
    expect(surfaces.status().map(({ state }) => state)).toEqual(['running', 'stopping', 'running'])
    light()
    expect(await ended).toEqual([])
    expect(lamps.shining.size).toBe(0)
  })

  test('given a restart that comes in between, stops again', async () => {
    using lamps = createLamps()
    lamps.write('a', 'red')
    await booted(lamps, 'a')
    const { surfaces } = lamps.supervisor
    const light = lamps.holdLight()
    const ended = surfaces.stopAll(OPERATOR, 'the end')
    surfaces.find('a').runner?.dispatch({ type: 'restart', actor: OPERATOR })
    light()
    expect(await ended).toEqual([])
    expect(lamps.shining.size).toBe(0)
    expect(surfaces.status()).toMatchObject([{ state: 'inactive' }])
  })

  test('given one that cannot be stopped, stops the others and tells what is left', async () => {
    using lamps = createLamps()
    lamps.write('a', 'red')
    lamps.write('b', 'red', 'depends_on = ["a"]')
    await booted(lamps, 'a', 'b')
    const { surfaces } = lamps.supervisor
    const stuck = surfaces.find('b').runner
    if (!stuck) expect.fail('it does not run')
    stuck.dispatch = () => {
      throw new Error('out of order')
    }
    const left = await surfaces.stopAll(OPERATOR, 'the end')
    expect(left).toEqual([{ key: 'b', state: 'running' }])
    expect([...lamps.shining.keys()]).toEqual(['b'])
    expect(lamps.reports).toEqual(['Cannot stop b: out of order'])
  })
})

async function booted(lamps: Lamps, ...keys: string[]): Promise<void> {
  await lamps.supervisor.boot(OPERATOR)
  lamps.supervisor.startInitial([], OPERATOR)
  for (const key of keys) await settled(lamps, key)
}

/** Waits until it runs; what waits for another is settled already, but does not run yet. */
async function settled({ supervisor }: Lamps, key: string): Promise<void> {
  const state = () => supervisor.surfaces.status().find((one) => one.key === key)?.state
  while (state() !== 'running') await pause(5)
}
