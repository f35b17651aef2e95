import type { GovernancePolicy } from '../governance/policy.ts'
import type { Actor } from '../governance/role.ts'
import type { Exit, MaintenanceAction } from '../surface/contract.ts'

export const STATES = [
  'inactive',
  'blocked',
  'pending',
  'starting',
  'running',
  'stopping',
  'backoff',
  'exited',
  'failed',
  'quarantined',
  'unknown',
] as const

export type StateName = (typeof STATES)[number]

type ExitReason =
  | 'completed'
  | 'stopped'
  | 'restarted'
  | 'crashed'
  | 'start_timeout'
  | 'unhealthy'
  | 'ttl'
  | 'quarantined'
  | 'unobserved'

/** A point in time: `monotonic` since boot for intervals, `wall` since 1970 for people. Milliseconds. */
export interface Instant {
  readonly monotonic: number
  readonly wall: number
}

/** What follows once a stopping generation is gone. */
export type Next = (typeof NEXTS)[number]

export const NEXTS = ['inactive', 'start', 'backoff', 'failed', 'exited', 'quarantine'] as const

/** Why a generation ends, collected until its audit record is written. */
export interface Ending {
  readonly reason: ExitReason
  readonly detail: string
  readonly actor: Actor
  readonly exit?: Exit
}

/** Everything the reducer knows of one surface. Plain JSON: it is stored at every change. */
export interface Lifecycle {
  readonly state: StateName
  /** Counts starts. Events and timers carry it; those of an older generation change nothing. */
  readonly generation: number
  /** Who asked for the current start. */
  readonly actor: Actor
  /** When the present state began. */
  readonly since: Instant
  /** True from the moment `operate` was ordered until the audit record is written. */
  readonly live: boolean
  /** When `operate` was ordered, monotonic. */
  readonly startedAt?: number
  readonly readyAt?: number
  /** When the time to live ends, wall clock. */
  readonly ttlExpiresAt?: number
  /** Crash times inside the window, monotonic. */
  readonly crashes: readonly number[]
  /** Restarts in the present series of crashes. */
  readonly attempt: number
  /** Why it is in this state, for people. */
  readonly reason?: string
  readonly ending?: Ending
  readonly next?: Next
}

export type TimerName = 'check' | 'start' | 'stop' | 'backoff' | 'ttl'

export type LifecycleEvent =
  | { readonly type: 'start' | 'stop' | 'restart'; readonly actor: Actor; readonly reason?: string }
  | { readonly type: 'release'; readonly actor: Actor; readonly reason: string }
  /** Something it may wait for has changed. */
  | { readonly type: 'poke' }
  | {
      readonly type: 'checked'
      readonly generation: number
      readonly waitingFor: readonly string[]
      readonly unmet: readonly string[]
    }
  | { readonly type: 'ready'; readonly generation: number }
  | { readonly type: 'start_failed'; readonly generation: number; readonly reason: string }
  | {
      readonly type: 'exited'
      readonly generation: number
      readonly exit: Exit
      /** True where ending by itself with code 0 is what the surface is for. */
      readonly expected: boolean
      readonly lastLine?: string
    }
  | {
      readonly type: 'maintained'
      readonly generation: number
      readonly action: MaintenanceAction
    }
  | {
      readonly type: 'evaluated'
      readonly generation: number
      readonly problem: string | undefined
      /** What `maintain` asked for, where the problem is its verdict. */
      readonly action?: MaintenanceAction['action']
    }
  /** The policy has changed while it runs. */
  | { readonly type: 'redefined'; readonly oldMaxTtlMs: number }
  | { readonly type: 'terminated'; readonly generation: number }
  | { readonly type: 'timer'; readonly timer: TimerName; readonly generation: number }
  /** At boot: what an earlier supervisor started is still the same and alive. */
  | { readonly type: 'adopted'; readonly generation: number }
  /** At boot: what an earlier supervisor started is gone. */
  | { readonly type: 'lost'; readonly generation: number; readonly crashed: boolean }
  /** At boot: it cannot be told whether it still lives. */
  | { readonly type: 'unverifiable'; readonly generation: number; readonly reason: string }

/** What the runner is to do; plain data. */
export type Effect =
  | {
      readonly type: 'check' | 'operate' | 'maintain' | 'terminate' | 'evaluate'
      readonly generation: number
    }
  | {
      readonly type: 'arm'
      readonly timer: TimerName
      readonly ms: number
      readonly generation: number
    }
  | { readonly type: 'disarm' }
  | {
      readonly type: 'audit'
      readonly generation: number
      readonly ending: Ending
      readonly uptimeMs: number
      readonly crashCount: number
    }
  | {
      readonly type: 'refuse'
      readonly code: string
      readonly action: 'start' | 'release'
      readonly why: string
    }
  | {
      readonly type: 'note'
      readonly kind: 'renewed' | 'released'
      readonly detail: string
      readonly actor: Actor
    }

/** A surface nobody has started yet. */
export function newLifecycle(now: Instant): Lifecycle {
  return {
    state: 'inactive',
    generation: 0,
    actor: { name: 'b00t', role: 'viewer' },
    since: now,
    live: false,
    crashes: [],
    attempt: 0,
  }
}

/** How many crashes still count at `now`. */
export function crashesInWindow(
  { crashes }: Pick<Lifecycle, 'crashes'>,
  { monotonic }: Instant,
  { crashWindowMs }: Pick<GovernancePolicy, 'crashWindowMs'>,
): number {
  return crashes.filter((at) => monotonic - at < crashWindowMs).length
}

/** What still holds after the machine was started anew: its monotonic clock began again. */
export function afterReboot(s: Lifecycle): Lifecycle {
  const { startedAt: _startedAt, readyAt: _readyAt, ...rest } = s
  return { ...rest, crashes: s.state === 'quarantined' ? s.crashes : [] }
}
