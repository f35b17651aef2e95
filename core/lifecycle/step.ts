import type { Effect, Ending, Lifecycle, LifecycleEvent, Next } from './state.ts'
import {
  arm,
  audit,
  begin,
  type Context,
  crash,
  crashesWith,
  end,
  enter,
  exitText,
  forget,
  giveUp,
  isWaiting,
  refuse,
  refuseStart,
  renew,
  retime,
  run,
  type Step,
  same,
  settle,
  wait,
  withReason,
} from './transition.ts'

type Events = { readonly [T in LifecycleEvent['type']]: Extract<LifecycleEvent, { type: T }> }
type Handlers = {
  readonly [T in LifecycleEvent['type']]: (s: Lifecycle, event: Events[T], at: Context) => Step
}

const CHECK_EVERY_MS = 1000

/**
 * Decides everything about one surface: pure, total, without clock or chance of its own.
 *
 * Laws (property-tested): an event of an older generation changes nothing; at most one generation
 * lives; `stopping` always ends; after a stop nothing starts by itself; every `operate` is followed by
 * exactly one audit record; nothing but a release leaves `quarantined`.
 */
export function step(state: Lifecycle, event: LifecycleEvent, at: Context): Step {
  if ('generation' in event && event.generation !== state.generation) return same(state)
  const handle = HANDLERS[event.type] as (s: Lifecycle, e: LifecycleEvent, at: Context) => Step
  return handle(state, event, at)
}

const HANDLERS: Handlers = {
  start(s, { actor }, at) {
    const refusal = refuseStart(s, actor, at.policy)
    if (refusal) return same(s, refusal)
    if (s.state === 'stopping') return same({ ...s, actor, next: 'start' })
    if (s.state === 'starting' || s.state === 'running') return same(s)
    return begin({ ...s, attempt: 0 }, actor, at)
  },

  stop(s, { actor, reason }, at) {
    if (s.live && s.state !== 'stopping' && s.state !== 'unknown') {
      const ending: Ending = { reason: 'stopped', detail: reason ?? 'stopped on request', actor }
      return end(s, ending, { next: 'inactive', at })
    }
    if (s.state === 'stopping') {
      return same(s.next === 'quarantine' ? s : { ...s, next: 'inactive' })
    }
    const waiting = s.state === 'blocked' || s.state === 'pending' || s.state === 'backoff'
    if (!waiting) return same(s)
    return enter(s, 'inactive', { at, effects: [{ type: 'disarm' }] })
  },

  restart(s, { actor, reason }, at) {
    const refusal = refuseStart(s, actor, at.policy)
    if (refusal) return same(s, refusal)
    if (!s.live) return begin({ ...s, attempt: 0 }, actor, at)
    if (s.state === 'stopping') return same({ ...s, actor, next: 'start' })
    const ending: Ending = { reason: 'restarted', detail: reason ?? 'restarted on request', actor }
    return end({ ...s, actor }, ending, { next: 'start', at })
  },

  release(s, { actor, reason }, at) {
    if (s.state !== 'quarantined' && s.state !== 'unknown') {
      return same(s, refuse('SURFACE_STATE', 'release', `it is ${s.state}, not quarantined`))
    }
    const clean = { ...forget(s), crashes: [], attempt: 0 }
    const effects: Effect[] = [{ type: 'note', kind: 'released', detail: reason, actor }]
    if (s.live) {
      const ending: Ending = { reason: 'unobserved', detail: s.reason ?? 'unknown', actor }
      effects.unshift(audit(s, ending, at))
    }
    return enter(clean, 'inactive', { at, effects })
  },

  poke: (s) => (isWaiting(s) ? same(s, { type: 'check', generation: s.generation }) : same(s)),

  checked(s, { waitingFor, unmet }, at) {
    if (!isWaiting(s)) return same(s)
    if (waitingFor.length > 0) {
      return wait(s, 'pending', { at, reason: `waiting for ${waitingFor.join(', ')}` })
    }
    if (unmet.length > 0) {
      const again = arm('check', CHECK_EVERY_MS, s.generation)
      return wait(s, 'blocked', { at, reason: unmet.join('; '), effects: [again] })
    }
    const live = { ...s, live: true, startedAt: at.now.monotonic }
    return enter(live, 'starting', {
      at,
      effects: [
        { type: 'disarm' },
        arm('start', at.policy.startTimeoutMs, s.generation),
        { type: 'operate', generation: s.generation },
      ],
    })
  },

  ready(s, _event, at) {
    if (s.state !== 'starting') return same(s)
    return run(s, at)
  },

  start_failed(s, { reason }, at) {
    return s.state === 'starting' ? crash(s, { reason: 'crashed', detail: reason }, at) : same(s)
  },

  exited(s, { exit, expected, lastLine }, at) {
    if (s.state === 'stopping' && s.ending && !s.ending.exit) {
      return same({ ...s, ending: { ...s.ending, exit } })
    }
    if (s.state !== 'starting' && s.state !== 'running') return same(s)
    const detail = exitText(exit, lastLine)
    const isDone = exit.code === 0 && (expected || !at.policy.autoRestart)
    if (isDone) {
      const ending: Ending = { reason: 'completed', detail, exit, actor: s.actor }
      return end(s, ending, { next: 'exited', at })
    }
    return crash(s, { reason: 'crashed', detail, exit }, at)
  },

  maintained(s, { action }, at) {
    if (s.state !== 'running') return same(s)
    if (action.action === 'none') return same(withReason(s, action.problem))
    const detail = action.reason
    if (action.action === 'restart') return crash(s, { reason: 'unhealthy', detail }, at)
    const quarantine = action.action === 'quarantine'
    const ending: Ending = {
      reason: quarantine ? 'quarantined' : 'unhealthy',
      detail,
      actor: s.actor,
    }
    return end(s, ending, { next: quarantine ? 'quarantine' : 'failed', at })
  },

  evaluated(s, { problem, action }, at) {
    if (s.state !== 'running') return same(s)
    const allowed = at.policy.allowedStarters.includes(s.actor.role)
    if (problem === undefined && allowed) return renew(s, at)
    const detail = problem ?? `role ${s.actor.role} may no longer start it`
    if (action === 'restart' && allowed) return crash(s, { reason: 'ttl', detail }, at)
    const judged = { ...s, crashes: crashesWith(s, at) }
    const spent = action === 'quarantine' || judged.crashes.length >= at.policy.crashBudget
    const next: Next = spent ? 'quarantine' : 'failed'
    return end(judged, { reason: 'ttl', detail, actor: s.actor }, { next, at })
  },

  redefined: (s, { oldMaxTtlMs }, at) =>
    s.state === 'running' ? retime(s, oldMaxTtlMs, at) : same(s),

  terminated(s, _event, at) {
    if (s.state === 'unknown') {
      if (!s.live) return enter(s, 'inactive', { at })
      const unseen: Ending = { reason: 'unobserved', detail: s.reason ?? 'unknown', actor: s.actor }
      return settle({ ...s, next: 'inactive' }, s.ending ?? unseen, at)
    }
    if (s.state !== 'stopping' || !s.ending) return same(s)
    return settle(s, s.ending, at)
  },

  timer(s, { timer }, at) {
    if (timer === 'check' && isWaiting(s))
      return same(s, { type: 'check', generation: s.generation })
    if (timer === 'start' && s.state === 'starting') {
      const detail = `not ready within ${at.policy.startTimeoutMs / 1000} s`
      return crash(s, { reason: 'start_timeout', detail }, at)
    }
    if (timer === 'backoff' && s.state === 'backoff') return begin(s, s.actor, at)
    if (timer === 'ttl' && s.state === 'running') {
      return same(s, { type: 'evaluate', generation: s.generation })
    }
    if (timer === 'stop' && s.state === 'stopping' && s.ending) return giveUp(s, s.ending, at)
    return same(s)
  },

  adopted(s, _event, at) {
    if (!s.live) return same(s)
    // Whoever ordered the end, or waits for it to become ready, still does.
    if (s.state === 'stopping' && s.ending && s.next) return end(s, s.ending, { next: s.next, at })
    if (s.state === 'starting') {
      return same(s, arm('start', at.policy.startTimeoutMs, s.generation))
    }
    return run(s, at)
  },

  lost(s, { crashed }, at) {
    if (!s.live) return same(s)
    if (s.state === 'stopping' && s.ending) return settle(s, s.ending, at)
    const detail = 'it ended while no supervisor was running'
    const crashes = crashed ? crashesWith(s, at) : s.crashes
    const next: Next = crashes.length >= at.policy.crashBudget ? 'quarantine' : 'inactive'
    return settle({ ...s, crashes, next }, { reason: 'unobserved', detail, actor: s.actor }, at)
  },

  unverifiable: (s, { reason }, at) => (s.live ? enter(s, 'unknown', { at, reason }) : same(s)),
}
