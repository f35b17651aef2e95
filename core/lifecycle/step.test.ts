import { describe, expect, test } from 'vitest'
import {
  ADOPTED,
  CRASHED,
  type Letter,
  LOST,
  RELEASE,
  RESTART,
  START,
  STOP,
  TERMINATED,
  WAYS,
  walk,
  worldIn,
} from './letters-fixture.ts'
import type { StateName } from './state.ts'

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
