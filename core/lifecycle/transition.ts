import {
  backoffMs,
  countCrash,
  type GovernancePolicy,
  stableAfterMs,
} from '../governance/policy.ts'
import type { Actor } from '../governance/role.ts'
import {
  crashesInWindow,
  type Effect,
  type Ending,
  type Instant,
  type Lifecycle,
  type Next,
  type StateName,
  type TimerName,
} from './state.ts'

/** On top of the grace: the kill and the last look around need time on a loaded machine. */
const STOP_MARGIN_MS = 15_000

/** What a step may depend on beside the state and the event. */
export interface Context {
  readonly now: Instant
  readonly policy: GovernancePolicy
  /** 0 (inclusive) to 1 (exclusive); drawn anew for each step. */
  readonly random: number
}

/** The state after an event, and what is to be done. */
export interface Step {
  readonly state: Lifecycle
  readonly effects: readonly Effect[]
}

/** Orders a new generation: first its requirements are checked. */
export function begin(s: Lifecycle, actor: Actor, at: Context): Step {
  const generation = s.generation + 1
  const effects: Effect[] = [{ type: 'disarm' }, { type: 'check', generation }]
  return enter({ ...s, generation, actor }, 'pending', {
    at,
    reason: 'checking requirements',
    effects,
  })
}

/** Enters `running`; one that an earlier supervisor left keeps what is left of its time to live. */
export function run(s: Lifecycle, at: Context): Step {
  const full = at.now.wall + at.policy.maxTtlMs
  const ttlExpiresAt = Math.min(full, s.ttlExpiresAt ?? full)
  const ready = { ...s, readyAt: s.readyAt ?? at.now.monotonic, ttlExpiresAt }
  const effects: Effect[] = [
    { type: 'disarm' },
    arm('ttl', Math.max(0, ttlExpiresAt - at.now.wall), s.generation),
    { type: 'maintain', generation: s.generation },
  ]
  return enter(ready, 'running', { at, effects })
}

export function renew(s: Lifecycle, at: Context): Step {
  const renewed = { ...s, ttlExpiresAt: at.now.wall + at.policy.maxTtlMs }
  const detail = 'requirements, health and policy hold'
  return same(
    renewed,
    { type: 'note', kind: 'renewed', detail, actor: s.actor },
    arm('ttl', at.policy.maxTtlMs, s.generation),
  )
}

/** Moves the end of the time to live as if the present policy had held from its beginning. */
export function retime(s: Lifecycle, oldMaxTtlMs: number, at: Context): Step {
  if (s.ttlExpiresAt === undefined) return same(s)
  const ttlExpiresAt = s.ttlExpiresAt - oldMaxTtlMs + at.policy.maxTtlMs
  const left = Math.max(0, ttlExpiresAt - at.now.wall)
  return same({ ...s, ttlExpiresAt }, arm('ttl', left, s.generation))
}

/** Ends a generation that failed, and decides what its crash leads to. */
export function crash(s: Lifecycle, why: Omit<Ending, 'actor'>, at: Context): Step {
  const crashes = crashesWith(s, at)
  const stable = s.readyAt !== undefined && at.now.monotonic - s.readyAt >= stableAfterMs(at.policy)
  const counted = { ...s, crashes, attempt: stable ? 1 : s.attempt + 1 }
  const spent = crashes.length >= at.policy.crashBudget
  const next: Next = spent ? 'quarantine' : at.policy.autoRestart ? 'backoff' : 'failed'
  return end(counted, { ...why, actor: s.actor }, { next, at })
}

export function crashesWith(s: Lifecycle, at: Context): number[] {
  return countCrash(s.crashes, at.now.monotonic, at.policy.crashWindowMs)
}

/** Starts the end of a live generation. */
export function end(s: Lifecycle, ending: Ending, { next, at }: { next: Next; at: Context }): Step {
  return enter({ ...s, ending, next }, 'stopping', {
    at,
    reason: ending.detail,
    effects: [
      { type: 'disarm' },
      // One grace for a start that is still going on, one for what it has started.
      arm('stop', 2 * at.policy.stopGraceMs + STOP_MARGIN_MS, s.generation),
      { type: 'terminate', generation: s.generation },
    ],
  })
}

/** Writes the record of a generation that is gone and goes where it was to go. */
export function settle(s: Lifecycle, ending: Ending, at: Context): Step {
  const done = forget(s)
  const effects: Effect[] = [{ type: 'disarm' }, audit(s, ending, at)]
  switch (s.next) {
    case 'start': {
      const begun = begin(done, s.actor, at)
      return { state: begun.state, effects: [...effects, ...begun.effects] }
    }
    case 'backoff': {
      const ms = backoffMs(s.attempt, at.random, at.policy)
      effects.push(arm('backoff', ms, s.generation))
      return enter(done, 'backoff', { at, reason: ending.detail, effects })
    }
    case 'quarantine':
      return enter(done, 'quarantined', { at, reason: ending.detail, effects })
    case 'failed':
    case 'exited':
      return enter(done, s.next, { at, reason: ending.detail, effects })
    default:
      return enter(done, 'inactive', { at, effects })
  }
}

/** The surface would not end: it is neither killed again nor started over until somebody looks. */
export function giveUp(s: Lifecycle, ending: Ending, at: Context): Step {
  const effects: Effect[] = [audit(s, { ...ending, reason: 'unobserved' }, at)]
  return enter(forget(s), 'unknown', { at, reason: 'it did not end in time', effects })
}

export function forget(s: Lifecycle): Lifecycle {
  const { ending: _e, next: _n, startedAt: _s, readyAt: _r, ttlExpiresAt: _t, ...rest } = s
  return { ...rest, live: false }
}

export function audit(s: Lifecycle, ending: Ending, at: Context): Effect {
  const uptimeMs = Math.max(0, at.now.monotonic - (s.startedAt ?? at.now.monotonic))
  const reason = s.next === 'quarantine' && ending.reason !== 'ttl' ? 'quarantined' : ending.reason
  return {
    type: 'audit',
    generation: s.generation,
    ending: { ...ending, reason },
    uptimeMs,
    crashCount: crashesInWindow(s, at.now, at.policy),
  }
}

export function refuseStart(
  s: Lifecycle,
  actor: Actor,
  policy: GovernancePolicy,
): Effect | undefined {
  if (!policy.allowedStarters.includes(actor.role)) {
    return refuse(
      'ROLE_FORBIDDEN',
      'start',
      `role ${actor.role} is not among ${policy.allowedStarters.join(', ')}`,
    )
  }
  if (s.state === 'quarantined' || (s.state === 'stopping' && s.next === 'quarantine')) {
    const count = s.crashes.length
    return refuse(
      'SURFACE_QUARANTINED',
      'start',
      `quarantined since ${new Date(s.since.wall).toISOString()} after ${count} ${count === 1 ? 'crash' : 'crashes'}, the last one: ${s.reason ?? 'unknown'}`,
    )
  }
  if (s.state === 'unknown') {
    return refuse('SURFACE_STATE', 'start', `its state is unknown (${s.reason ?? 'no reason'})`)
  }
  return undefined
}

export function refuse(code: string, action: 'start' | 'release', why: string): Effect {
  return { type: 'refuse', code, action, why }
}

export function arm(timer: TimerName, ms: number, generation: number): Effect {
  return { type: 'arm', timer, ms, generation }
}

/** Like {@link enter}, but to wait on for the same cause is no change: nobody need hear of it again. */
export function wait(
  s: Lifecycle,
  state: StateName,
  how: { at: Context; reason: string; effects?: readonly Effect[] },
): Step {
  const isNews = state !== s.state || how.reason !== s.reason
  return isNews ? enter(s, state, how) : same(s, ...(how.effects ?? []))
}

export function isWaiting(s: Lifecycle): boolean {
  return s.state === 'pending' || s.state === 'blocked'
}

export function same(state: Lifecycle, ...effects: Effect[]): Step {
  return { state, effects }
}

export function enter(
  s: Lifecycle,
  state: StateName,
  { at, reason, effects = [] }: { at: Context; reason?: string; effects?: readonly Effect[] },
): Step {
  const { reason: _old, ...rest } = s
  const since = state === s.state ? s.since : at.now
  return { state: { ...rest, state, since, ...(reason ? { reason } : {}) }, effects }
}

/** How it ended; what it wrote last explains an exit code, but not a signal. */
export function exitText(
  exit: { code: number | null; signal: string | null },
  lastLine?: string,
): string {
  if (exit.signal !== null) return `ended by ${exit.signal}`
  if (exit.code === null) return 'ended unseen'
  const how = `exited with code ${exit.code}`
  return lastLine ? `${how}: ${lastLine}` : how
}

/** The same state with another reason, or the very same object where nothing differs. */
export function withReason(s: Lifecycle, reason: string | undefined): Lifecycle {
  if (s.reason === reason) return s
  const { reason: _old, ...rest } = s
  return reason === undefined ? rest : { ...rest, reason }
}
