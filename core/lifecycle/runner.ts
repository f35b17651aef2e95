import type { Journal } from '../audit/journal.ts'
import { B00tError, messageOf } from '../error.ts'
import { readBootId } from '../process/identity.ts'
import { markerOf } from '../process/launch.ts'
import { stopMarked } from '../process/stop.ts'
import type { Endpoint, Handle } from '../surface/contract.ts'
import { checkRequirement, type Requirement } from '../surface/requirement.ts'
import { type AuditData, auditData, type NoteData, noteData } from './audit-record.ts'
import { type Definition, Generation, type GenerationPorts } from './generation.ts'
import { inTime } from './in-time.ts'
import { maskText } from './masked-text.ts'
import {
  afterReboot,
  type Effect,
  type Instant,
  type Lifecycle,
  type LifecycleEvent,
  newLifecycle,
  type TimerName,
} from './state.ts'
import { step } from './step.ts'
import type { StoredSurface, SurfaceStore } from './surface-store.ts'

/** The world of a runner; given in, so that tests can hold the clock. */
export interface RunnerPorts {
  readonly store: SurfaceStore
  readonly journal: Journal
  readonly environment: Readonly<Record<string, string | undefined>>
  now(): Instant
  random(): number
  logFile(key: string): string
  /** Whether the surface of this key or name is ready. */
  isReady(name: string): boolean
  /** State, endpoints or reason of a surface have changed. */
  changed(key: string): void
  report(message: string): void
}

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1
/** Longer than any stop ladder: what takes more time cannot be told to be dead or alive. */
const TAKE_OVER_WITHIN_MS = 30_000

/** Drives one surface: feeds events to the reducer and performs the effects it returns. */
export class Runner {
  readonly key: string
  lifecycle: Lifecycle
  #definition: Definition
  #generation: Generation | undefined
  readonly #ports: RunnerPorts
  readonly #timers = new Map<TimerName, NodeJS.Timeout>()

  constructor(key: string, definition: Definition, ports: RunnerPorts) {
    this.key = key
    this.#definition = definition
    this.#ports = ports
    this.lifecycle = newLifecycle(ports.now())
  }

  get definition(): Definition {
    return this.#definition
  }

  get pid(): number | undefined {
    const pid = this.#generation?.handle?.pid
    return this.lifecycle.live && typeof pid === 'number' ? pid : undefined
  }

  get endpoints(): readonly Endpoint[] {
    return this.lifecycle.state === 'running' ? (this.#generation?.endpoints ?? []) : []
  }

  /** Another definition; it counts from the next generation on, its policy at once. */
  define(definition: Definition): void {
    this.#definition = definition
  }

  /**
   * Applies an event.
   *
   * @throws B00tError when the event is refused; nothing has changed then
   */
  dispatch(event: LifecycleEvent): void {
    const at = {
      now: this.#ports.now(),
      policy: this.#definition.policy,
      random: this.#ports.random(),
    }
    const { state, effects } = step(this.lifecycle, event, at)
    const refusal = effects.find((effect) => effect.type === 'refuse')
    if (refusal) {
      const { code, action, why } = refusal
      throw new B00tError(code, `Cannot ${action} ${this.key}: ${why}`)
    }
    const changed = state !== this.lifecycle
    this.lifecycle = state
    if (changed) this.#save()
    for (const effect of effects) this.#perform(effect)
    if (changed) this.#ports.changed(this.key)
  }

  /** Finds out what became of the generation an earlier supervisor left. */
  async restore(stored: StoredSurface): Promise<void> {
    const isThisBoot = stored.bootId === readBootId()
    this.lifecycle = isThisBoot ? stored.lifecycle : afterReboot(stored.lifecycle)
    const { generation, live } = stored.lifecycle
    if (!live) return this.#restoreEnded(this.lifecycle)
    if (!isThisBoot) return this.dispatch({ type: 'lost', generation, crashed: false })
    const ports = this.#generationPorts(stored.logOffset)
    this.#generation = new Generation(this.#definition, generation, ports)
    try {
      await inTime(this.#takeOver(this.#generation, stored.handle), TAKE_OVER_WITHIN_MS)
    } catch (thrown) {
      this.dispatch({ type: 'unverifiable', generation, reason: messageOf(thrown) })
    }
  }

  /** Ends timers; the surface itself is left as it is. */
  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  async #takeOver(left: Generation, handle: Handle | undefined): Promise<void> {
    const { surface, policy } = this.#definition
    const { number: generation, run } = left
    if (!handle) {
      // The supervisor died between the start and the record of it.
      await stopMarked(markerOf(run), { signal: 'SIGTERM', graceMs: policy.stopGraceMs })
      return this.dispatch({ type: 'lost', generation, crashed: false })
    }
    if (!surface.adopt) return this.dispatch({ type: 'lost', generation, crashed: false })
    if (await surface.adopt(handle)) {
      left.adopt(handle, this.lifecycle.state !== 'starting')
      return this.dispatch({ type: 'adopted', generation })
    }
    // Its leader is gone, but descendants may still be there.
    await surface.terminate(handle, run)
    this.dispatch({ type: 'lost', generation, crashed: true })
  }

  /** Applies an event nobody waits for: a failure is told and harms nothing else. */
  #feed(event: LifecycleEvent): void {
    try {
      this.dispatch(event)
    } catch (thrown) {
      this.#ports.report(`Cannot handle "${event.type}" of ${this.key}: ${messageOf(thrown)}`)
    }
  }

  /** States that only a running supervisor can leave begin anew. */
  #restoreEnded(lifecycle: Lifecycle): void {
    const kept = lifecycle.state === 'quarantined' || lifecycle.state === 'unknown'
    if (!kept) this.lifecycle = { ...lifecycle, state: 'inactive' }
  }

  #perform(effect: Effect): void {
    const generation = this.#generation
    switch (effect.type) {
      case 'check':
        void this.#check(effect.generation)
        break
      case 'operate':
        this.#operate(effect.generation)
        break
      case 'maintain':
        generation?.startMaintenance()
        break
      case 'terminate':
        void generation?.terminate()
        break
      case 'evaluate':
        void generation?.evaluate((requirement) => this.#checkOne(requirement))
        break
      case 'arm':
        this.#arm(effect.timer, effect.ms, effect.generation)
        break
      case 'disarm':
        this.dispose()
        break
      case 'audit':
        this.#write(auditData(this.key, effect, generation?.bytesLogged ?? 0))
        break
      case 'note':
        this.#write(noteData(this.key, effect, this.lifecycle.generation))
        break
      case 'refuse':
        break
    }
  }

  #operate(number: number): void {
    this.#generation = new Generation(this.#definition, number, this.#generationPorts())
    this.#generation.operate()
  }

  #write(data: AuditData | NoteData): void {
    try {
      this.#ports.journal.append(data, new Date(this.#ports.now().wall))
    } catch (thrown) {
      // What runs must be looked after also while the disk is full.
      const record = JSON.stringify(data)
      this.#ports.report(`Cannot write the audit record ${record}: ${messageOf(thrown)}`)
    }
  }

  async #check(generation: number): Promise<void> {
    const { waitingFor, unmet } = await this.#findObstacles().catch((thrown) => ({
      waitingFor: [],
      unmet: [`its requirements cannot be read: ${messageOf(thrown)}`],
    }))
    this.#feed({ type: 'checked', generation, waitingFor, unmet })
  }

  async #findObstacles(): Promise<{ waitingFor: string[]; unmet: string[] }> {
    const { surface, dependsOn } = this.#definition
    const requirements = surface.requirements()
    const needed = requirements.flatMap((needs) => (needs.kind === 'surface' ? [needs.name] : []))
    const waitingFor = [...dependsOn, ...needed].filter((name) => !this.#ports.isReady(name))
    const others = requirements.filter((requirement) => requirement.kind !== 'surface')
    const answers = await Promise.all(others.map((requirement) => this.#checkOne(requirement)))
    return { waitingFor, unmet: answers.filter((answer) => answer !== undefined) }
  }

  #checkOne(requirement: Requirement): Promise<string | undefined> {
    return checkRequirement(requirement, this.#ports)
  }

  #arm(timer: TimerName, ms: number, generation: number): void {
    clearTimeout(this.#timers.get(timer))
    const fire = () => this.#feed({ type: 'timer', timer, generation })
    this.#timers.set(timer, setTimeout(fire, Math.min(ms, LONGEST_TIMEOUT_MS)))
  }

  #save(): void {
    const { live, generation } = this.lifecycle
    const current = live && this.#generation?.number === generation ? this.#generation : undefined
    this.#ports.store.save({
      key: this.key,
      bootId: readBootId(),
      lifecycle: this.lifecycle,
      ...(current ? { logOffset: current.logOffset } : {}),
      ...(current?.handle ? { handle: current.handle } : {}),
    })
  }

  #generationPorts(logOffset?: number): GenerationPorts {
    return {
      key: this.key,
      logFile: this.#ports.logFile(this.key),
      logOffset,
      dispatch: (event) => this.#feed(event),
      onHandle: () => this.#save(),
      report: (message) => this.#ports.report(message),
      mask: (text) => maskText(text, this.#ports.environment, this.#definition.passedOn),
    }
  }
}
