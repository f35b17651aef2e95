import type { Datum } from '../datum/datum.ts'
import type { Discovery } from '../datum/discover.ts'
import { createFinder, resolveDatum } from '../datum/resolve.ts'
import { B00tError, messageOf } from '../error.ts'
import type { Actor } from '../governance/role.ts'
import { Runner, type RunnerPorts } from '../lifecycle/runner.ts'
import type { LifecycleEvent, StateName } from '../lifecycle/state.ts'
import type { Endpoint } from '../surface/contract.ts'
import type { Host } from '../surface/plugin.ts'
import { checkRequirement, type Requirement } from '../surface/requirement.ts'
import type { Bus } from './bus.ts'
import { notRunnable, type Registry } from './registry.ts'
import { describeSurface, type SurfaceStatus } from './status.ts'

/** One startable datum and what runs of it. */
export interface Entry {
  datum: Datum
  /** Made at the first start. */
  runner?: Runner
  /** Why the file on disk cannot be used, while the last good datum stays. */
  invalid?: string
  /** Why it was not started, though it should have been. */
  refusal?: string
  /** Its file has gone and it is being stopped. */
  leaving?: boolean
}

/** What the table needs from the supervisor. */
export interface TableParts {
  readonly host: Host
  readonly registry: Registry
  readonly bus: Bus
  readonly ports: Omit<RunnerPorts, 'isReady' | 'changed'>
}

/** A command to a surface, by somebody. */
export type SurfaceCommand = Extract<LifecycleEvent, { actor: Actor }>

const SETTLED: readonly StateName[] = [
  'inactive',
  'blocked',
  'running',
  'backoff',
  'exited',
  'failed',
  'quarantined',
  'unknown',
]
const READY: readonly StateName[] = ['running', 'exited']

/** Every startable datum by key, with its runner. */
export class SurfaceTable {
  readonly entries: Map<string, Entry> = new Map()
  /** Every datum at the last look, startable or not, for messages. */
  known: Pick<Discovery, 'datums' | 'degraded'> = { datums: [], degraded: [] }
  readonly #parts: TableParts
  readonly #ports: RunnerPorts
  #isClosing = false

  constructor(parts: TableParts) {
    this.#parts = parts
    this.#ports = {
      ...parts.ports,
      isReady: (name) => this.#isReady(name),
      changed: (key) => this.#changed(key),
    }
  }

  status(): SurfaceStatus[] {
    return [...this.entries.values()]
      .map((entry) => describeSurface(entry, this.#ports.now()))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** Endpoints of everything that runs, with the key of the surface they belong to. */
  endpoints(): (Endpoint & { surface: string })[] {
    return [...this.entries.values()].flatMap(({ datum, runner }) =>
      (runner?.endpoints ?? []).map((endpoint) => ({ surface: datum.key, ...endpoint })),
    )
  }

  /** @throws B00tError `DATUM_NOT_FOUND`, `DATUM_AMBIGUOUS` or `DATUM_NOT_RUNNABLE` */
  find(name: string): Entry {
    const startable = [...this.entries.values()].map(({ datum }) => datum)
    const isStartable = createFinder(startable)(name).length > 0
    const { datums, degraded } = this.known
    const datum = isStartable ? resolveDatum(name, startable) : resolveDatum(name, datums, degraded)
    const entry = this.entries.get(datum.key)
    if (!entry) throw notRunnable(datum)
    return entry
  }

  /** The runner of an entry, made when first needed. */
  runnerOf(entry: Entry): Runner {
    entry.runner ??= new Runner(
      entry.datum.key,
      this.#parts.registry.define(entry.datum, this.#parts.host),
      this.#ports,
    )
    return entry.runner
  }

  /**
   * Sends a command and waits until the surface has settled.
   *
   * @throws B00tError when the command is refused; nothing has changed then
   */
  async command(name: string, command: SurfaceCommand): Promise<SurfaceStatus> {
    const entry = this.find(name)
    if (command.type !== 'stop') this.#refuseWhileClosing(entry)
    if (command.type === 'start') this.start(entry, command.actor)
    else if (command.type !== 'stop' || entry.runner) this.runnerOf(entry).dispatch(command)
    await this.settled(entry)
    return describeSurface(entry, this.#ports.now())
  }

  /** Starts a surface, and before it whatever it depends on. */
  start(entry: Entry, actor: Actor, asked: ReadonlySet<Entry> = new Set()): void {
    this.#refuseWhileClosing(entry)
    this.runnerOf(entry).dispatch({ type: 'start', actor })
    for (const name of entry.datum.dependsOn) {
      const needed = this.#tryFind(name)
      if (!needed || asked.has(needed) || needed.runner?.lifecycle.live) continue
      this.tryStart(needed, actor, new Set([...asked, entry]))
    }
  }

  /** Like {@link start}, but a failure is reported instead of thrown. */
  tryStart(entry: Entry, actor: Actor, asked: ReadonlySet<Entry> = new Set()): void {
    delete entry.refusal
    try {
      this.start(entry, actor, asked)
    } catch (thrown) {
      entry.refusal = messageOf(thrown)
      this.#ports.report(`Cannot start ${entry.datum.key}: ${entry.refusal}`)
    }
  }

  /**
   * Gives an entry another datum. What runs is restarted if `restart` says so, unless the new one could
   * not start: something that runs is better than something that cannot.
   *
   * @throws B00tError `SURFACE_BLOCKED`, or what the plugin says of the datum; the old one stays then
   */
  async replace(
    entry: Entry,
    datum: Datum,
    { restart, actor, why }: { restart: boolean; actor: Actor; why: string },
  ): Promise<void> {
    const definition = this.#parts.registry.define(datum, this.#parts.host)
    if (restart) await this.#checkReplacement(datum, definition.surface.requirements())
    const wasManual = !entry.datum.autostart
    entry.datum = datum
    entry.runner?.define(definition)
    if (restart) entry.runner?.dispatch({ type: 'restart', actor, reason: why })
    else if (datum.autostart && (wasManual || this.#hasFailed(entry))) this.tryStart(entry, actor)
    this.#changed(datum.key)
  }

  /** Stops a surface and forgets it; a quarantine is kept, or deleting the file would be a way out of it. */
  async remove(entry: Entry, actor: Actor, why: string): Promise<void> {
    await this.#stop(entry, actor, why)
    const isQuarantined = entry.runner?.lifecycle.state === 'quarantined'
    if (!isQuarantined) this.#ports.store.remove(entry.datum.key)
    this.entries.delete(entry.datum.key)
    this.#changed(entry.datum.key)
  }

  /** Stops everything, dependents before what they depend on. Nothing can be started from then on. */
  async stopAll(actor: Actor, why: string): Promise<void> {
    this.#isClosing = true
    const left = new Set([...this.entries.values()].filter(({ runner }) => runner))
    while (left.size > 0) {
      const free = [...left].filter((entry) => !this.#isNeededBy(entry, left))
      const layer = free.length > 0 ? free : [...left]
      await Promise.all(layer.map((entry) => this.#stop(entry, actor, why)))
      for (const entry of layer) left.delete(entry)
    }
  }

  /** Resolves once nothing more happens to the surface by itself, at once if that is so already. */
  async settled(entry: Entry): Promise<void> {
    if (this.#isSettled(entry)) return
    await new Promise<void>((resolve) => {
      const unsubscribe = this.#parts.bus.subscribe(() => {
        if (!this.#isSettled(entry)) return
        unsubscribe()
        resolve()
      })
    })
  }

  async #stop(entry: Entry, actor: Actor, reason: string): Promise<void> {
    entry.runner?.dispatch({ type: 'stop', actor, reason })
    await this.settled(entry)
    entry.runner?.dispose()
  }

  #isReady(name: string): boolean {
    const state = this.#tryFind(name)?.runner?.lifecycle.state
    return state !== undefined && READY.includes(state)
  }

  /** Whether it should run, but could not: a new datum is worth another try. What was stopped stays so. */
  #hasFailed({ runner }: Entry): boolean {
    const state = runner?.lifecycle.state
    return state === undefined || ['blocked', 'pending', 'failed'].includes(state)
  }

  #isSettled({ runner }: Entry): boolean {
    const { state = 'inactive', reason } = runner?.lifecycle ?? {}
    if (state === 'pending') return reason !== 'checking requirements'
    return SETTLED.includes(state)
  }

  #refuseWhileClosing({ datum }: Entry): void {
    if (!this.#isClosing) return
    throw new B00tError('SURFACE_STATE', `Cannot start ${datum.key}: the supervisor is going down`)
  }

  #isNeededBy(entry: Entry, others: ReadonlySet<Entry>): boolean {
    return [...others].some(
      (other) =>
        other !== entry && other.datum.dependsOn.some((name) => this.#tryFind(name) === entry),
    )
  }

  #tryFind(name: string): Entry | undefined {
    try {
      return this.find(name)
    } catch {
      return undefined
    }
  }

  /** Ports are not asked for: the old one still holds them. */
  async #checkReplacement(datum: Datum, requirements: readonly Requirement[]): Promise<void> {
    for (const requirement of requirements) {
      if (requirement.kind === 'port') continue
      const missing = await checkRequirement(requirement, this.#ports)
      if (missing === undefined) continue
      throw new B00tError('SURFACE_BLOCKED', `The running one stays: ${missing}`, {
        at: { file: datum.file },
      })
    }
  }

  #changed(key: string): void {
    const entry = this.entries.get(key)
    if (!entry) {
      this.#parts.bus.emit('surface.removed', { key })
      return
    }
    const { state, generation, reason, pid } = describeSurface(entry, this.#ports.now())
    this.#parts.bus.emit('surface.state', {
      key,
      state,
      generation,
      ...(reason === undefined ? {} : { reason }),
      ...(pid === undefined ? {} : { pid }),
    })
    if (READY.includes(state)) this.#pokeWaiting()
  }

  #pokeWaiting(): void {
    for (const { runner } of this.entries.values()) {
      if (runner?.lifecycle.state === 'pending') runner.dispatch({ type: 'poke' })
    }
  }
}
