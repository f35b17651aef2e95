import { describe, expect, test } from 'vitest'
import {
  ADOPTED,
  CRASH,
  FREE,
  type Letter,
  RELEASE,
  RESTART,
  START,
  START_TIMER,
  STOP,
  STOP_TIMER,
  TERMINATED,
  TTL_TIMER,
  UNMET,
  WAITING,
  walk,
  worldIn,
} from './letters-fixture.ts'
import { actorOf, POLICY } from './simulated-world-fixture.ts'
import type { Lifecycle } from './state.ts'

describe('step() over time', () => {
  test('given a time to live that ends, asks first and renews with a record', () => {
    const world = worldIn('running')
    world.pass(POLICY.maxTtlMs)
    expect(walk(world, [TTL_TIMER])).toEqual([{ type: 'evaluate', generation: 1 }])
    const effects = walk(world, [
      (generation) => ({ type: 'evaluated', generation, problem: undefined }),
    ])
    expect(effects).toMatchObject([
      { type: 'note', kind: 'renewed', detail: 'requirements, health and policy hold' },
      { type: 'arm', timer: 'ttl', ms: POLICY.maxTtlMs },
    ])
    expect(world.state.ttlExpiresAt).toBe(2 * POLICY.maxTtlMs)
  })

  test('given a supervisor that came back, does not lengthen the time to live', () => {
    const world = worldIn('running')
    world.pass(POLICY.maxTtlMs - 5)
    expect(walk(world, [ADOPTED])).toContainEqual(
      expect.objectContaining({ type: 'arm', timer: 'ttl', ms: 5 }),
    )
  })

  test('given a policy with another time to live, counts it from the same beginning', () => {
    const world = worldIn('running')
    world.pass(1000)
    const effects = world.send({ type: 'redefined', oldMaxTtlMs: POLICY.maxTtlMs - 500 })
    expect(effects).toEqual([
      { type: 'arm', timer: 'ttl', ms: POLICY.maxTtlMs - 500, generation: 1 },
    ])
    expect(world.state.ttlExpiresAt).toBe(POLICY.maxTtlMs + 500)
  })

  test('given a policy with another time to live while nothing runs, changes nothing', () => {
    const world = worldIn('backoff')
    const before = world.state
    expect(world.send({ type: 'redefined', oldMaxTtlMs: 1 })).toEqual([])
    expect(world.state).toBe(before)
  })

  test.each([
    ['restart', 'backoff'],
    ['terminate', 'failed'],
    ['quarantine', 'quarantine'],
    [undefined, 'failed'],
  ] as const)(
    'given a time to live that ends with the verdict %s, goes on as %s',
    (action, next) => {
      const world = worldIn('running', { ...POLICY, crashBudget: 3 })
      const { generation } = world.state
      const verdict = action === undefined ? {} : { action }
      world.send({ type: 'evaluated', generation, problem: 'sick', ...verdict })
      expect(world.state).toMatchObject({ state: 'stopping', next, ending: { reason: 'ttl' } })
      expect(world.state.crashes).toHaveLength(1)
    },
  )

  test('given a stop, waits for a start that goes on, the end itself and a margin', () => {
    expect(walk(worldIn('running'), [STOP])).toContainEqual(
      expect.objectContaining({ timer: 'stop', ms: 2 * POLICY.stopGraceMs + 15_000 }),
    )
  })

  test('given crashes long ago, leaves them out of the record', () => {
    const world = worldIn('running', { ...POLICY, crashBudget: 5 })
    const again: Letter = (generation) => ({ type: 'timer', timer: 'backoff', generation })
    walk(world, [...CRASH, again, FREE, (generation) => ({ type: 'ready', generation })])
    world.pass(POLICY.crashWindowMs)
    expect(walk(world, [STOP, TERMINATED])).toContainEqual(
      expect.objectContaining({ type: 'audit', crashCount: 0 }),
    )
  })

  test('given the same unmet requirement again, tells nobody', () => {
    const world = worldIn('blocked')
    const before: Lifecycle = world.state
    expect(walk(world, [UNMET])).toMatchObject([{ type: 'arm', timer: 'check' }])
    expect(world.state).toBe(before)
  })

  test('given something to wait for, says for what until it is there', () => {
    const world = worldIn('pending')
    walk(world, [WAITING])
    expect(world.state).toMatchObject({ state: 'pending', reason: 'waiting for db' })
    expect(walk(world, [() => ({ type: 'poke' })])).toEqual([{ type: 'check', generation: 1 }])
    walk(world, [FREE])
    expect(world.state.state).toBe('starting')
  })

  test('given a start that takes too long, counts it as a crash', () => {
    const world = worldIn('starting')
    walk(world, [START_TIMER])
    expect(world.state).toMatchObject({ state: 'stopping', next: 'backoff' })
    expect(walk(world, [TERMINATED])).toContainEqual(
      expect.objectContaining({
        type: 'audit',
        ending: expect.objectContaining({ reason: 'start_timeout' }),
      }),
    )
  })

  test('given a stop that nothing answers, gives up as unknown with a record', () => {
    const world = worldIn('stopping')
    expect(walk(world, [STOP_TIMER])).toMatchObject([
      { type: 'audit', ending: { reason: 'unobserved' } },
    ])
    expect(world.state).toMatchObject({ state: 'unknown', live: false })
  })

  test('given a stop while it restarts, does not start again', () => {
    const world = worldIn('running')
    walk(world, [RESTART, STOP, TERMINATED])
    expect(world.state.state).toBe('inactive')
  })

  test('given a crash with auto_restart = false, stays failed', () => {
    const world = worldIn('running', { ...POLICY, autoRestart: false })
    walk(world, CRASH)
    expect(world.state).toMatchObject({ state: 'failed', reason: 'exited with code 1' })
  })

  test('given an exit with code 0 and auto_restart = false, is done; with a restart, it is a crash', () => {
    const done: Letter = (generation) => ({
      type: 'exited',
      generation,
      exit: { code: 0, signal: null },
      expected: false,
    })
    const world = worldIn('running', { ...POLICY, autoRestart: false })
    walk(world, [done, TERMINATED])
    expect(world.state).toMatchObject({ state: 'exited', crashes: [] })
    const restarted = worldIn('running')
    walk(restarted, [done, TERMINATED])
    expect(restarted.state).toMatchObject({ state: 'backoff' })
  })

  test.each([
    [{ code: null, signal: 'SIGKILL' }, 'ended by SIGKILL'],
    [{ code: 3, signal: null }, 'exited with code 3: no disk'],
  ])('given the exit %j, quotes the log only for a code', (exit, reason) => {
    const world = worldIn('running', { ...POLICY, autoRestart: false })
    const ended: Letter = (generation) => ({
      ...{ type: 'exited', generation, exit, expected: false, lastLine: 'no disk' },
    })
    walk(world, [ended, TERMINATED])
    expect(world.state).toMatchObject({ state: 'failed', reason })
  })

  test('given a refused start of a quarantined surface, says since when, how often and why', () => {
    const world = worldIn('quarantined')
    expect(walk(world, [START])).toEqual([
      {
        type: 'refuse',
        code: 'SURFACE_QUARANTINED',
        action: 'start',
        why: 'quarantined since 1970-01-01T00:00:00.000Z after 2 crashes, the last one: exited with code 1',
      },
    ])
  })

  test('given a role that may not start it, refuses by name', () => {
    const world = worldIn('inactive')
    const effects = world.send({ type: 'start', actor: actorOf('agent') })
    expect(effects).toMatchObject([{ type: 'refuse', code: 'ROLE_FORBIDDEN' }])
    expect(world.state.generation).toBe(0)
  })

  test('given something that could not be verified, releases it only with a record of its end', () => {
    const world = worldIn('running')
    walk(world, [(generation) => ({ type: 'unverifiable', generation, reason: 'no answer' })])
    expect(world.state).toMatchObject({ state: 'unknown', live: true })
    expect(walk(world, [RELEASE])).toMatchObject([{ type: 'audit' }, { type: 'note' }])
    expect(world.state).toMatchObject({ state: 'inactive', live: false })
  })

  test('given a takeover in doubt while it was stopping, records its end once it is known', () => {
    const world = worldIn('stopping')
    walk(world, [
      (generation) => ({ type: 'unverifiable', generation, reason: 'no answer' }),
      TERMINATED,
    ])
    expect(world.state).toMatchObject({ state: 'inactive', live: false })
    expect(world.audited).toEqual([1])
  })
})
