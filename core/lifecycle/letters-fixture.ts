import { actorOf, POLICY, World } from './simulated-world-fixture.ts'
import type { Effect, LifecycleEvent, StateName } from './state.ts'

const ACTOR = actorOf()
const FAILED = { code: 1, signal: null }
const DONE = { code: 0, signal: null }

export type Letter = (generation: number) => LifecycleEvent

export const START: Letter = () => ({ type: 'start', actor: ACTOR })
export const STOP: Letter = () => ({ type: 'stop', actor: ACTOR })
export const RESTART: Letter = () => ({ type: 'restart', actor: ACTOR })
export const RELEASE: Letter = () => ({ type: 'release', actor: ACTOR, reason: 'mended' })
export const FREE: Letter = (generation) => ({
  type: 'checked',
  generation,
  waitingFor: [],
  unmet: [],
})
export const UNMET: Letter = (generation) => ({
  type: 'checked',
  generation,
  waitingFor: [],
  unmet: ['port 80 is taken'],
})
export const WAITING: Letter = (generation) => ({
  type: 'checked',
  generation,
  waitingFor: ['db'],
  unmet: [],
})
const READY: Letter = (generation) => ({ type: 'ready', generation })
export const CRASHED: Letter = (generation) => ({
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
export const TERMINATED: Letter = (generation) => ({ type: 'terminated', generation })
export const STOP_TIMER: Letter = (generation) => ({ type: 'timer', timer: 'stop', generation })
const BACKOFF_TIMER: Letter = (generation) => ({
  type: 'timer',
  timer: 'backoff',
  generation,
})
export const START_TIMER: Letter = (generation) => ({ type: 'timer', timer: 'start', generation })
export const TTL_TIMER: Letter = (generation) => ({ type: 'timer', timer: 'ttl', generation })
export const ADOPTED: Letter = (generation) => ({ type: 'adopted', generation })
export const LOST: Letter = (generation) => ({ type: 'lost', generation, crashed: true })

const RUN: readonly Letter[] = [START, FREE, READY]
export const CRASH: readonly Letter[] = [CRASHED, TERMINATED]

/** For tests: the way to each state from a surface that nobody has started; with a crash budget of 2. */
export const WAYS: Readonly<Record<StateName, readonly Letter[]>> = {
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

export function worldIn(
  state: StateName,
  policy: World['policy'] = { ...POLICY, crashBudget: 2 },
): World {
  const world = new World(policy)
  walk(world, WAYS[state])
  return world
}

export function walk(world: World, letters: readonly Letter[]): readonly Effect[] {
  let effects: readonly Effect[] = []
  for (const letter of letters) effects = world.send(letter(world.state.generation))
  return effects
}
