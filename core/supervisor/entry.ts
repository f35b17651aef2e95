import type { Datum } from '../datum/datum.ts'
import type { Runner } from '../lifecycle/runner.ts'
import type { StateName } from '../lifecycle/state.ts'
import type { Json } from '../surface/contract.ts'

/** One startable datum and what runs of it. */
export interface Entry {
  datum: Datum
  /** Made at the first start. */
  runner?: Runner
  /** Why the file on disk cannot be used, while the last good datum stays. */
  invalid?: string
  /** Why it was not started, though it should have been. */
  refusal?: string
  /** What the bus was told of it last, so that nothing is told twice. */
  told?: string
  /** Its file has gone and it is being stopped. */
  leaving?: boolean
  /** Its file has gone, but nobody knows whether it still runs: it stays until that is settled. */
  awaitsRelease?: boolean
}

/** Something that may still run after everything was told to stop. */
export interface Leftover {
  readonly key: string
  readonly state: StateName
  readonly pid?: number
  readonly reason?: string
}

const ENDED: readonly StateName[] = ['inactive', 'exited', 'failed', 'quarantined', 'unknown']
const SETTLED: readonly StateName[] = [...ENDED, 'blocked', 'running', 'backoff']
const READY: readonly StateName[] = ['running', 'exited']

/** Whether nothing more happens to it by itself. */
export function isSettled({ runner }: Entry): boolean {
  const { state = 'inactive', reason } = runner?.lifecycle ?? {}
  if (state === 'pending') return reason !== 'checking requirements'
  return SETTLED.includes(state)
}

/** Whether a stop has done what it can: it has ended, or nobody can tell whether it has. */
export function isEnded({ runner }: Entry): boolean {
  return runner === undefined || ENDED.includes(runner.lifecycle.state)
}

/** Whether others that depend on it may start. */
export function isReady({ runner }: Entry): boolean {
  return runner !== undefined && READY.includes(runner.lifecycle.state)
}

/** Whether it should run, but could not: a new datum is worth another try. What was stopped stays so. */
export function hasFailed({ runner }: Entry): boolean {
  const state = runner?.lifecycle.state
  return state === undefined || ['blocked', 'pending', 'failed'].includes(state)
}

/** What may still run of it; nothing for one that has ended. */
export function leftoverOf({ datum, runner }: Entry): Leftover[] {
  if (!runner) return []
  const { state, live, reason } = runner.lifecycle
  if (!live && state !== 'unknown') return []
  const { pid } = runner
  return [
    {
      key: datum.key,
      state,
      ...(pid === undefined ? {} : { pid }),
      ...(reason === undefined ? {} : { reason }),
    },
  ]
}

/** Whether this was not what was told of it last; from now on it is. */
export function isNews(entry: Entry, event: Json): boolean {
  const text = JSON.stringify(event)
  const isNew = text !== entry.told
  entry.told = text
  return isNew
}

/** Its file is back, or still there: it is one like any other. */
export function keepEntry(entry: Entry): void {
  delete entry.leaving
  delete entry.awaitsRelease
}
