import { inspect, isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { actorOf, POLICY, World } from './simulated-world-fixture.ts'
import type { LifecycleEvent } from './state.ts'

const RUNS = Number(process.env.B00T_PROPERTY_RUNS ?? 10_000)
const PAUSES_MS = [1, 100, 1000, 20_000, 60_000, 600_000]
const QUIET_LIMIT = 50

type Move = (world: World, byte: number) => void

/** What may happen to a surface by order of somebody, or at boot, at any time. */
const EVENTS: readonly ((generation: number) => LifecycleEvent)[] = [
  () => ({ type: 'start', actor: actorOf() }),
  () => ({ type: 'start', actor: actorOf('viewer') }),
  () => ({ type: 'stop', actor: actorOf() }),
  () => ({ type: 'restart', actor: actorOf() }),
  () => ({ type: 'release', actor: actorOf(), reason: 'mended' }),
  () => ({ type: 'poke' }),
  () => ({ type: 'redefined', oldMaxTtlMs: 1000 }),
  (generation) => ({ type: 'adopted', generation }),
  (generation) => ({ type: 'lost', generation, crashed: true }),
  (generation) => ({ type: 'lost', generation, crashed: false }),
  (generation) => ({ type: 'unverifiable', generation, reason: 'no answer' }),
]

/** What a surface and its machine may say at any time, in any order, also of another generation. */
const ANSWERS: readonly ((generation: number) => LifecycleEvent)[] = [
  (generation) => ({ type: 'checked', generation, waitingFor: [], unmet: [] }),
  (generation) => ({ type: 'checked', generation, waitingFor: ['other'], unmet: [] }),
  (generation) => ({ type: 'checked', generation, waitingFor: [], unmet: ['port 1 is taken'] }),
  (generation) => ({ type: 'ready', generation }),
  (generation) => ({ type: 'start_failed', generation, reason: 'no such program' }),
  (generation) => ({ type: 'exited', generation, exit: { code: 1, signal: null }, expected: true }),
  (generation) => ({ type: 'exited', generation, exit: { code: 0, signal: null }, expected: true }),
  (generation) => ({ type: 'maintained', generation, action: { action: 'none' } }),
  (generation) => ({
    type: 'maintained',
    generation,
    action: { action: 'restart', reason: 'sick' },
  }),
  (generation) => ({
    type: 'maintained',
    generation,
    action: { action: 'quarantine', reason: 'rogue' },
  }),
  (generation) => ({ type: 'evaluated', generation, problem: undefined }),
  (generation) => ({ type: 'evaluated', generation, problem: 'path is gone' }),
  (generation) => ({ type: 'evaluated', generation, problem: 'sick', action: 'restart' }),
  (generation) => ({ type: 'evaluated', generation, problem: 'rogue', action: 'quarantine' }),
]

const MOVES: readonly Move[] = [
  (world, byte) => world.send(pick(EVENTS, byte)(world.state.generation), byte / 256),
  (world, byte) => world.send(pick(ANSWERS, byte)(world.state.generation), byte / 256),
  (world, byte) => world.send(pick(ANSWERS, byte)(world.state.generation - 1), byte / 256),
  (world, byte) => world.send(pick(ANSWERS, 0)(world.state.generation), byte / 256),
  (world) => world.deliver(0),
  (world, byte) => world.deliver(byte % Math.max(1, world.mail.length)),
  (world) => {
    const letter = world.mail[0]
    if (letter) world.send(letter)
  },
  (world, byte) => {
    const timer = world.timers[byte % Math.max(1, world.timers.length)]
    if (timer) world.fire(timer)
  },
  (world, byte) => world.pass(pick(PAUSES_MS, byte)),
]

function pick<T>(list: readonly T[], byte: number): T {
  return list[byte % list.length] as T
}

function play(bytes: Uint8Array): World {
  const [budget = 0, restarts = 0, ...moves] = bytes
  const world = new World({
    ...POLICY,
    crashBudget: 1 + (budget % 3),
    autoRestart: restarts % 4 > 0,
  })
  for (let at = 0; at + 1 < moves.length; at += 2) {
    pick(MOVES, moves[at] ?? 0)(world, moves[at + 1] ?? 0)
    const { state } = world
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(state)), state)) {
      throw new Error(`the state is not plain JSON: ${inspect(state)}`)
    }
    if (world.broken) throw new Error(world.broken)
  }
  return world
}

/** Lets the world answer what it was asked; half of the time only the stop timer does. */
function comeToRest(world: World, answers: boolean): void {
  for (let round = 0; round < QUIET_LIMIT && world.state.state === 'stopping'; round++) {
    const timer = world.timers.find((candidate) => candidate.timer === 'stop')
    if (answers && world.mail.length > 0) world.deliver(0)
    else if (timer) world.fire(timer)
    else return
  }
}

describe('step()', () => {
  test('given any events in any order, keeps the laws and always comes to an end of stopping', () => {
    const bytes = fc.uint8Array({ minLength: 2, maxLength: 62, size: 'max' })
    fc.assert(
      fc.property(bytes, fc.boolean(), (moves, answers) => {
        const world = play(moves)
        comeToRest(world, answers)
        if (world.state.state === 'stopping') throw new Error('stopping did not end')
        if (world.broken) throw new Error(world.broken)
      }),
      { numRuns: RUNS },
    )
  }, 120_000)

  test('given any pauses between crashes, quarantines exactly at the budget inside the window', () => {
    const pauses = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 12 })
    const budgets = fc.integer({ min: 1, max: 5 })
    fc.assert(
      fc.property(pauses, budgets, (gaps, crashBudget) => {
        const policy = { ...POLICY, crashBudget, crashWindowMs: 1000 }
        expect(crashUntilQuarantine(gaps, new World(policy))).toBe(expectedAt(gaps, crashBudget))
      }),
      { numRuns: Math.ceil(RUNS / 10) },
    )
  }, 120_000)
})

/** Index of the crash that led to quarantine, -1 where none did. */
function crashUntilQuarantine(gaps: readonly number[], world: World): number {
  world.send({ type: 'start', actor: actorOf() })
  for (const [index, gap] of gaps.entries()) {
    world.pass(gap)
    const { generation } = world.state
    world.send({ type: 'checked', generation, waitingFor: [], unmet: [] })
    world.send({ type: 'ready', generation })
    world.send({ type: 'exited', generation, exit: { code: 1, signal: null }, expected: false })
    world.deliver(0)
    if (world.state.state === 'quarantined') return index
    world.send({ type: 'timer', timer: 'backoff', generation })
  }
  return -1
}

/** The same by counting: the first crash with `budget` crashes in the 1000 ms up to it. */
function expectedAt(gaps: readonly number[], budget: number): number {
  let now = 0
  const times = gaps.map((gap) => {
    now += gap
    return now
  })
  return times.findIndex(
    (time, index) =>
      times.filter((other, before) => before <= index && time - other < 1000).length >= budget,
  )
}
