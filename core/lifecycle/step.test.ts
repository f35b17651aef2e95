import { describe, expect, test } from 'vitest'
import { actorOf, POLICY, World } from './simulated-world.ts'
import type { Effect, Lifecycle, LifecycleEvent, StateName } from './state.ts'

const ACTOR = actorOf()
const FAILED = { code: 1, signal: null }
const DONE = { code: 0, signal: null }

type Letter = (generation: number) => LifecycleEvent

const START: Letter = () => ({ type: 'start', actor: ACTOR })
const STOP: Letter = () => ({ type: 'stop', actor: ACTOR })
const RESTART: Letter = () => ({ type: 'restart', actor: ACTOR })
const RELEASE: Letter = () => ({ type: 'release', actor: ACTOR, reason: 'mended' })
const FREE: Letter = (generation) => ({ type: 'checked', generation, waitingFor: [], unmet: [] })
const UNMET: Letter = (generation) => ({
  type: 'checked',
  generation,
  waitingFor: [],
  unmet: ['port 80 is taken'],
})
const WAITING: Letter = (generation) => ({
  type: 'checked',
  generation,
  waitingFor: ['db'],
  unmet: [],
})
const READY: Letter = (generation) => ({ type: 'ready', generation })
const CRASHED: Letter = (generation) => ({
  type: 'exited',
  generation,
  exit: FAILED,
  expected: false,
})
const COMPLETED: Letter = (generation) => ({
  type: 'exited',
  generation,
  exit: DONE,
  expected: true,
})
const TERMINATED: Letter = (generation) => ({ type: 'terminated', generation })
const STOP_TIMER: Letter = (generation) => ({ type: 'timer', timer: 'stop', generation })
const BACKOFF_TIMER: Letter = (generation) => ({ type: 'timer', timer: 'backoff', generation })
const START_TIMER: Letter = (generation) => ({ type: 'timer', timer: 'start', generation })
const TTL_TIMER: Letter = (generation) => ({ type: 'timer', timer: 'ttl', generation })
const ADOPTED: Letter = (generation) => ({ type: 'adopted', generation })
const LOST: Letter = (generation) => ({ type: 'lost', generation, crashed: true })

const RUN: readonly Letter[] = [START, FREE, READY]
const CRASH: readonly Letter[] = [CRASHED, TERMINATED]

/** The way to each state from a surface that nobody has started; with a crash budget of 2. */
const WAYS: Readonly<Record<StateName, readonly Letter[]>> = {
  inactive: [],
  pending: [START],
  blocked: [START, UNMET],
  starting: [START, FREE],
  running: RUN,
  stopping: [...RUN, STOP],
  backoff: [...RUN, ...CRASH],
  exited: [...RUN, COMPLETED, TERMINATED],
  failed: [
    ...RUN,
    (generation) => ({ type: 'evaluated', generation, problem: 'gone' }),
    TERMINATED,
  ],
  quarantined: [...RUN, ...CRASH, BACKOFF_TIMER, FREE, READY, ...CRASH],
  unknown: [...RUN, STOP, STOP_TIMER],
}

function worldIn(state: StateName, policy = { ...POLICY, crashBudget: 2 }): World {
  const world = new World(policy)
  walk(world, WAYS[state])
  return world
}

function walk(world: World, letters: readonly Letter[]): readonly Effect[] {
  let effects: readonly Effect[] = []
  for (const letter of letters) effects = world.send(letter(world.state.generation))
  return effects
}

/** The state an event leads to, and the effects it asks for. */
function outcome(from: StateName, letter: Letter): string {
  const world = worldIn(from)
  const effects = walk(world, [letter]).map((effect) =>
    effect.type === 'refuse' ? effect.code : effect.type,
  )
  return [world.state.state, ...effects].join(' ')
}

function table(letter: Letter): Record<StateName, string> {
  const names = Object.keys(WAYS) as StateName[]
  return Object.fromEntries(names.map((name) => [name, outcome(name, letter)])) as Record<
    StateName,
    string
  >
}

describe('step()', () => {
  test.each(Object.keys(WAYS) as StateName[])('given the way to %s, arrives there', (name) => {
    expect(worldIn(name).state.state).toBe(name)
  })

  test('given a start in each state, begins, keeps or refuses', () => {
    expect(table(START)).toEqual({
      inactive: 'pending disarm check',
      pending: 'pending disarm check',
      blocked: 'pending disarm check',
      starting: 'starting',
      running: 'running',
      stopping: 'stopping',
      backoff: 'pending disarm check',
      exited: 'pending disarm check',
      failed: 'pending disarm check',
      quarantined: 'quarantined SURFACE_QUARANTINED',
      unknown: 'unknown SURFACE_STATE',
    })
  })

  test('given a stop in each state, ends what lives and cancels what waits', () => {
    expect(table(STOP)).toEqual({
      inactive: 'inactive',
      pending: 'inactive disarm',
      blocked: 'inactive disarm',
      starting: 'stopping disarm arm terminate',
      running: 'stopping disarm arm terminate',
      stopping: 'stopping',
      backoff: 'inactive disarm',
      exited: 'exited',
      failed: 'failed',
      quarantined: 'quarantined',
      unknown: 'unknown',
    })
  })

  test('given a restart in each state, ends what lives first', () => {
    expect(table(RESTART)).toEqual({
      inactive: 'pending disarm check',
      pending: 'pending disarm check',
      blocked: 'pending disarm check',
      starting: 'stopping disarm arm terminate',
      running: 'stopping disarm arm terminate',
      stopping: 'stopping',
      backoff: 'pending disarm check',
      exited: 'pending disarm check',
      failed: 'pending disarm check',
      quarantined: 'quarantined SURFACE_QUARANTINED',
      unknown: 'unknown SURFACE_STATE',
    })
  })

  test('given a release in each state, frees only what is quarantined or unknown', () => {
    const freed = 'inactive note'
    const refused = (state: StateName) => `${state} SURFACE_STATE`
    const { quarantined, unknown, ...others } = table(RELEASE)
    expect([quarantined, unknown]).toEqual([freed, freed])
    for (const [state, text] of Object.entries(others)) {
      expect(text).toBe(refused(state as StateName))
    }
  })

  test('given an exit in each state, ends what lives once and nothing else', () => {
    expect(table(CRASHED)).toEqual({
      inactive: 'inactive',
      pending: 'pending',
      blocked: 'blocked',
      starting: 'stopping disarm arm terminate',
      running: 'stopping disarm arm terminate',
      stopping: 'stopping',
      backoff: 'backoff',
      exited: 'exited',
      failed: 'failed',
      quarantined: 'quarantined',
      unknown: 'unknown',
    })
  })

  test('given the end of everything in each state, records it once and goes on', () => {
    expect(table(TERMINATED)).toEqual({
      inactive: 'inactive',
      pending: 'pending',
      blocked: 'blocked',
      starting: 'starting',
      running: 'running',
      stopping: 'inactive disarm audit',
      backoff: 'backoff',
      exited: 'exited',
      failed: 'failed',
      quarantined: 'quarantined',
      unknown: 'inactive',
    })
  })

  test('given a generation that was taken over, keeps on with what was going on', () => {
    expect(table(ADOPTED)).toEqual({
      inactive: 'inactive',
      pending: 'pending',
      blocked: 'blocked',
      starting: 'starting arm',
      running: 'running disarm arm maintain',
      stopping: 'stopping disarm arm terminate',
      backoff: 'backoff',
      exited: 'exited',
      failed: 'failed',
      quarantined: 'quarantined',
      unknown: 'unknown',
    })
  })

  test('given a generation that was lost, records its end', () => {
    expect(table(LOST)).toMatchObject({
      inactive: 'inactive',
      starting: 'inactive disarm audit',
      running: 'inactive disarm audit',
      stopping: 'inactive disarm audit',
      quarantined: 'quarantined',
      unknown: 'unknown',
    })
  })
})

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

  test('given a refused start of a quarantined surface, says since when, how often and why', () => {
    const world = worldIn('quarantined')
    expect(walk(world, [START])).toEqual([
      {
        type: 'refuse',
        code: 'SURFACE_QUARANTINED',
        message:
          'Cannot start: quarantined since 1970-01-01T00:00:00.000Z after 2 crashes, the last one: exited with code 1',
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
})
