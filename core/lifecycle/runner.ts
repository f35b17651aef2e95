import type { Journal } from '../audit/journal.ts'
import { messageOf } from '../error.ts'
import { readBootId } from '../process/identity.ts'
import { markerOf } from '../process/launch.ts'
import { stopMarked } from '../process/stop.ts'
import type { Endpoint, Handle } from '../surface/contract.ts'
import { checkRequirement } from '../surface/requirement.ts'
import { type AuditData, auditData, type NoteData, noteData } from './audit-record.ts'
import { type Definition, Generation, type GenerationPorts } from './generation.ts'
import { inTime } from './in-time.ts'
import { maskText } from './masked-text.ts'
import { findObstacles } from './obstacles.ts'
import { refusalError } from './refusal.ts'
import {
  afterReboot,
  type Effect,
  type Instant,
  type Lifecycle,
  type LifecycleEvent,
  newLifecycle,
} from './state.ts'
import { step } from './step.ts'
import type { StoredSurface } from './stored-surface.ts'
import type { SurfaceStore } from './surface-store.ts'
import { Timers } from './timers.ts'

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
  /** Its time to live begins anew. */
  renewed(key: string, why: string): void
  report(message: string): void
}

/** Longer than any stop ladder: what takes more time cannot be told to be dead or alive. */
const TAKE_OVER_WITHIN_MS = 30_000

/** Drives one surface: feeds events to the reducer and performs the effects it returns. */
export class Runner {
  readonly key: string
  lifecycle: Lifecycle
  #definition: Definition
  #generation: Generation | undefined
  readonly #ports: RunnerPorts
  readonly #timers = new Timers()
  /** Tries to save its state that failed since the last one that did not. */
  #unsaved = 0

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
    const { maxTtlMs: oldMaxTtlMs } = this.#definition.policy
    this.#definition = definition
    if (oldMaxTtlMs !== definition.policy.maxTtlMs) this.#feed({ type: 'redefined', oldMaxTtlMs })
  }

  /**
   * Applies an event. What cannot be saved or written then is told, and keeps nothing else from being done.
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
    if (refusal) throw refusalError(this.key, refusal)
    const changed = state !== this.lifecycle
    this.lifecycle = state
    if (changed) this.#save()
    for (const effect of effects) this.#tryPerform(effect)
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
      this.dispatch({ type: 'unverifiable', generation, reason: this.#mask(messageOf(thrown)) })
    }
  }

  /** Ends timers; the surface itself is left as it is. */
  dispose(): void {
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

  #tryPerform(effect: Effect): void {
    try {
      this.#perform(effect)
    } catch (thrown) {
      this.#ports.report(`Cannot do "${effect.type}" of ${this.key}: ${messageOf(thrown)}`)
    }
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
        void generation?.evaluate((requirement) => checkRequirement(requirement, this.#ports))
        break
      case 'arm':
        this.#arm(effect)
        break
      case 'disarm':
        this.dispose()
        break
      case 'audit':
        this.#write(auditData(this.key, effect, generation?.bytesLogged ?? 0))
        break
      case 'note':
        this.#write(noteData(this.key, effect, this.lifecycle.generation))
        if (effect.kind === 'renewed') this.#ports.renewed(this.key, effect.detail)
        break
      case 'refuse':
        break
    }
  }

  #operate(number: number): void {
    this.#generation = new Generation(this.#definition, number, this.#generationPorts())
    this.#generation.operate()
  }

  /** What runs must be looked after also while the disk is full: a record may have to wait. */
  #write(data: AuditData | NoteData): void {
    const { journal, now, report } = this.#ports
    journal.record(data, new Date(now().wall), report)
  }

  async #check(generation: number): Promise<void> {
    const { waitingFor, unmet } = await findObstacles(this.#definition, this.#ports).catch(
      (thrown) => ({
        waitingFor: [],
        unmet: [this.#mask(`its requirements cannot be read: ${messageOf(thrown)}`)],
      }),
    )
    this.#feed({ type: 'checked', generation, waitingFor, unmet })
  }

  #arm({ timer, ms, generation }: Extract<Effect, { type: 'arm' }>): void {
    this.#timers.arm(timer, ms, () => this.#feed({ type: 'timer', timer, generation }))
  }

  /** A state that cannot be saved is told once, and saved with the next change. */
  #save(): void {
    const { live, generation } = this.lifecycle
    const current = live && this.#generation?.number === generation ? this.#generation : undefined
    const { store, report } = this.#ports
    try {
      store.save({
        key: this.key,
        bootId: readBootId(),
        lifecycle: this.lifecycle,
        ...(current ? { logOffset: current.logOffset } : {}),
        ...(current?.handle ? { handle: current.handle } : {}),
      })
      const failed = this.#unsaved
      this.#unsaved = 0
      if (failed > 0) report(`Saved the state of ${this.key}, after ${failed} tries that failed`)
    } catch (thrown) {
      this.#unsaved += 1
      if (this.#unsaved === 1) {
        report(`Cannot save the state of ${this.key} yet: ${messageOf(thrown)}`)
      }
    }
  }

  #mask(text: string): string {
    return maskText(text, this.#ports.environment, this.#definition.passedOn)
  }

  #generationPorts(logOffset?: number): GenerationPorts {
    return {
      key: this.key,
      logFile: this.#ports.logFile(this.key),
      logOffset,
      policy: () => this.#definition.policy,
      dispatch: (event) => this.#feed(event),
      onHandle: () => this.#save(),
      report: (message) => this.#ports.report(this.#mask(message)),
      mask: (text) => this.#mask(text),
    }
  }
}
