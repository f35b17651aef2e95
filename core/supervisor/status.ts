import type { Datum } from '../datum/datum.ts'
import type { Runner } from '../lifecycle/runner.ts'
import type { Instant, StateName } from '../lifecycle/state.ts'
import type { Endpoint } from '../surface/contract.ts'

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

/** What the supervisor says of a surface; without a runner nobody has started it yet. */
export function describeSurface(
  {
    datum,
    runner,
    invalid,
  }: { datum: Datum; runner?: Runner | undefined; invalid?: string | undefined },
  now: Instant,
): SurfaceStatus {
  const lifecycle = runner?.lifecycle
  const state = lifecycle?.state ?? 'inactive'
  const reason = invalid ?? lifecycle?.reason
  const pid = runner?.pid
  return {
    name: datum.name,
    key: datum.key,
    type: datum.type,
    state,
    generation: lifecycle?.generation ?? 0,
    ...(pid === undefined ? {} : { pid }),
    uptime_s: lifecycle?.live ? secondsSince(lifecycle.startedAt, now.monotonic) : 0,
    crashes: lifecycle?.crashes.length ?? 0,
    health: healthOf(state),
    endpoints: runner?.endpoints ?? [],
    ...(reason === undefined ? {} : { reason }),
    ...(state === 'quarantined' && lifecycle ? { quarantined_at: iso(lifecycle.since.wall) } : {}),
    ...(state === 'running' && lifecycle?.ttlExpiresAt !== undefined
      ? { ttl_expires_at: iso(lifecycle.ttlExpiresAt) }
      : {}),
  }
}

function healthOf(state: StateName): SurfaceStatus['health'] {
  if (state === 'running') return 'ok'
  const failing: StateName[] = ['backoff', 'failed', 'quarantined', 'unknown']
  return failing.includes(state) ? 'failing' : 'none'
}

function secondsSince(then: number | undefined, now: number): number {
  return then === undefined ? 0 : Math.max(0, Math.round(now - then) / 1000)
}

function iso(wall: number): string {
  return new Date(wall).toISOString()
}
