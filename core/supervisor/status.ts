import type { Datum } from '../datum/datum.ts'
import type { Runner } from '../lifecycle/runner.ts'
import {
  crashesInWindow,
  type Instant,
  type Lifecycle,
  type StateName,
} from '../lifecycle/state.ts'
import type { Endpoint, Json } from '../surface/contract.ts'

/** One row of `b00t status --json`. */
export interface SurfaceStatus {
  readonly name: string
  readonly key: string
  readonly type: string
  readonly state: StateName
  readonly generation: number
  readonly pid?: number
  /** Seconds since the present generation was started; 0 where nothing runs. */
  readonly uptime_s: number
  /** Crashes inside the crash window. */
  readonly crashes: number
  readonly health: 'ok' | 'failing' | 'none'
  readonly endpoints: readonly Endpoint[]
  readonly reason?: string
  readonly quarantined_at?: string
  readonly ttl_expires_at?: string
}

/** A startable datum, and what is known of its running. */
interface Described {
  readonly datum: Datum
  /** Absent where nobody has started it yet. */
  readonly runner?: Runner | undefined
  /** Why its file cannot be used now, if so. */
  readonly invalid?: string | undefined
  /** Why it was not started, though it should have been. */
  readonly refusal?: string | undefined
}

/** What the supervisor says of a surface. */
export function describeSurface(
  { datum, runner, invalid, refusal }: Described,
  now: Instant,
): SurfaceStatus {
  const { key, name, type } = datum
  if (!runner) return { name, key, type, ...NOT_STARTED, ...reasonOf(invalid ?? refusal) }
  const { lifecycle, pid, endpoints } = runner
  const { state, generation, live, startedAt } = lifecycle
  return {
    name,
    key,
    type,
    state,
    generation,
    ...(pid === undefined ? {} : { pid }),
    uptime_s: live ? secondsSince(startedAt, now.monotonic) : 0,
    crashes: crashesInWindow(lifecycle, now, runner.definition.policy),
    health: healthOf(lifecycle),
    endpoints,
    ...reasonOf(invalid ?? lifecycle.reason ?? refusal),
    ...datesOf(lifecycle),
  }
}

/** What the bus says when the state of a surface changes. */
export function stateEvent({ key, state, generation, reason, pid }: SurfaceStatus): Json {
  return {
    key,
    state,
    generation,
    ...reasonOf(reason),
    ...(pid === undefined ? {} : { pid }),
  }
}

const NOT_STARTED = {
  state: 'inactive',
  generation: 0,
  uptime_s: 0,
  crashes: 0,
  health: 'none',
  endpoints: [],
} as const

function reasonOf(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason }
}

function datesOf({ state, since, ttlExpiresAt }: Lifecycle): Partial<SurfaceStatus> {
  if (state === 'quarantined') return { quarantined_at: iso(since.wall) }
  if (state !== 'running' || ttlExpiresAt === undefined) return {}
  return { ttl_expires_at: iso(ttlExpiresAt) }
}

function healthOf({ state, reason }: Lifecycle): SurfaceStatus['health'] {
  if (state === 'running') return reason === undefined ? 'ok' : 'failing'
  const failing: StateName[] = ['backoff', 'failed', 'quarantined', 'unknown']
  return failing.includes(state) ? 'failing' : 'none'
}

function secondsSince(then: number | undefined, now: number): number {
  return then === undefined ? 0 : Math.max(0, Math.round(now - then) / 1000)
}

function iso(wall: number): string {
  return new Date(wall).toISOString()
}
