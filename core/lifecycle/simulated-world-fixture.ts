import type { Role } from '../governance/role.ts'
import { type Effect, type Lifecycle, type LifecycleEvent, newLifecycle } from './state.ts'
import { step } from './step.ts'
import type { Context } from './transition.ts'

/** For tests: the rules most of them use. Times in milliseconds. */
export const POLICY: Context['policy'] = {
  allowedStarters: ['executive', 'operator'],
  maxTtlMs: 3_600_000,
  autoRestart: true,
  crashBudget: 3,
  crashWindowMs: 600_000,
  startTimeoutMs: 60_000,
  stopGraceMs: 10_000,
  backoffBaseMs: 1000,
  backoffCapMs: 60_000,
}

/** For tests: who does things. */
export function actorOf(role: Role = 'operator'): { name: string; role: Role } {
  return { name: 'tester', role }
}

type Timer = Extract<LifecycleEvent, { type: 'timer' }>

/**
 * For tests: one surface in a world without a clock of its own.
 *
 * Effects become letters in {@link mail}; whoever tests decides when, how often and in which order they
 * are delivered. {@link World.broken} names the first law that did not hold.
 */
export class World {
  state: Lifecycle = newLifecycle({ monotonic: 0, wall: 0 })
  readonly policy: Context['policy']
  /** Answers to effects, not delivered yet. */
  readonly mail: LifecycleEvent[] = []
  timers: Timer[] = []
  broken: string | undefined
  readonly operated: number[] = []
  readonly audited: number[] = []
  /** Generations of which something lives. */
  readonly alive: Set<number> = new Set()
  #now = 0
  #mayStart = false

  constructor(policy: Context['policy'] = POLICY) {
    this.policy = policy
  }

  pass(ms: number): void {
    this.#now += ms
  }

  send(event: LifecycleEvent, random = 0.5): readonly Effect[] {
    this.#note(event)
    const before = this.state
    const isOld = 'generation' in event && event.generation !== before.generation
    const now = { monotonic: this.#now, wall: this.#now }
    const { state, effects } = step(before, event, { now, policy: this.policy, random })
    this.state = state
    if (isOld && (state !== before || effects.length > 0)) this.#break('an old event did something')
    if (before.state === 'quarantined' && state.state !== 'quarantined' && event.type !== 'release')
      this.#break(`${event.type} left quarantine`)
    for (const effect of effects) this.#perform(effect)
    this.#checkRecords()
    return effects
  }

  /** What an event says of the world itself. */
  #note(event: LifecycleEvent): void {
    if (event.type === 'start' || event.type === 'restart') this.#mayStart = true
    if (event.type === 'stop') this.#mayStart = false
    if (event.type === 'terminated' || event.type === 'lost') this.alive.delete(event.generation)
    // Whoever releases an unknown surface has made sure that nothing of it is left.
    if (event.type === 'release' && this.state.state === 'unknown') this.alive.clear()
  }

  fire(timer: Timer): void {
    this.timers = this.timers.filter((other) => other !== timer)
    this.send(timer)
  }

  deliver(index: number): void {
    const [letter] = this.mail.splice(index, 1)
    if (letter) this.send(letter)
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'operate':
        if (!this.#mayStart) this.#break('it started although it was stopped')
        if (this.alive.size > 0) this.#break('two generations live')
        this.alive.add(effect.generation)
        this.operated.push(effect.generation)
        break
      case 'audit':
        this.audited.push(effect.generation)
        break
      case 'arm': {
        const { timer, generation } = effect
        this.timers = this.timers.filter((other) => other.timer !== timer)
        this.timers.push({ type: 'timer', timer, generation })
        break
      }
      case 'disarm':
        this.timers = []
        break
      case 'terminate':
        this.mail.push({ type: 'terminated', generation: effect.generation })
        break
      default:
        break
    }
  }

  /** Each generation has one record, but for the one that lives, which has none. */
  #checkRecords(): void {
    const open = this.operated.filter((generation) => !this.audited.includes(generation))
    const wanted = this.state.live ? [this.state.generation] : []
    if (String(open) !== String(wanted)) this.#break(`no record of ${open}, wanted ${wanted}`)
    if (new Set(this.audited).size !== this.audited.length) this.#break('two records of one end')
  }

  #break(law: string): void {
    this.broken ??= law
  }
}
