import type { Datum } from '../datum/datum.ts'
import type { Discovery } from '../datum/discover.ts'
import { createFinder, resolveDatum } from '../datum/resolve.ts'
import { B00tError, messageOf } from '../error.ts'
import type { Actor } from '../governance/role.ts'
import { Runner, type RunnerPorts } from '../lifecycle/runner.ts'
import type { LifecycleEvent } from '../lifecycle/state.ts'
import type { Endpoint } from '../surface/contract.ts'
import type { Host } from '../surface/plugin.ts'
import type { Bus } from './bus.ts'
import {
  type Entry,
  hasFailed,
  isEnded,
  isNews,
  isReady,
  isSettled,
  type Leftover,
  leftoverOf,
} from './entry.ts'
import { notRunnable, type Registry } from './registry.ts'
import { checkReplacement } from './replacement.ts'
import { describeSurface, type SurfaceStatus, stateEvent } from './status.ts'
import { nextToStop } from './stop-order.ts'

/** What the table needs from the supervisor. */
export interface TableParts {
  readonly host: Host
  readonly registry: Registry
  readonly bus: Bus
  readonly ports: Omit<RunnerPorts, 'isReady' | 'changed' | 'renewed'>
}

/** A command to a surface, by somebody. */
export type SurfaceCommand = Extract<LifecycleEvent, { actor: Actor }>

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
      renewed: (key, reason) => parts.bus.emit('surface.renewed', { key, reason }),
    }
  }

  /** Whether everything is being stopped, so that nothing may be started any more. */
  get isClosing(): boolean {
    return this.#isClosing
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
    if (command.type === 'release') this.#refuseWhileClosing(entry)
    else if (command.type !== 'stop') this.#refuseStart(entry)
    if (command.type === 'start') this.start(entry, command.actor)
    else if (command.type !== 'stop' || entry.runner) this.runnerOf(entry).dispatch(command)
    delete entry.refusal
    await this.settled(entry)
    return describeSurface(entry, this.#ports.now())
  }

  /** Starts a surface, and before it whatever it depends on. */
  start(entry: Entry, actor: Actor, asked: ReadonlySet<Entry> = new Set()): void {
    this.#refuseStart(entry)
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
      const what = `Cannot start ${entry.datum.key}: `
      const { refusal } = entry
      this.#ports.report(refusal.startsWith(what) ? refusal : `${what}${refusal}`)
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
    if (restart) await checkReplacement(datum, definition.surface.requirements(), this.#ports)
    if (this.#isClosing) return
    const wasManual = !entry.datum.autostart
    entry.datum = datum
    entry.runner?.define(definition)
    if (restart) entry.runner?.dispatch({ type: 'restart', actor, reason: why })
    else if (datum.autostart && (wasManual || hasFailed(entry))) this.tryStart(entry, actor)
    this.#changed(datum.key)
  }

  /**
   * Stops a surface and forgets it. A quarantine is kept, or deleting the file would be a way out of it; so
   * is a surface of which nobody knows whether it still runs, until it is released.
   */
  async remove(entry: Entry, actor: Actor, why: string): Promise<void> {
    entry.leaving = true
    await this.#stop(entry, actor, why)
    const { state, reason } = entry.runner?.lifecycle ?? {}
    if (state !== 'unknown') return this.#forget(entry)
    entry.awaitsRelease = true
    const { key } = entry.datum
    const advice = `once nothing of it runs: b00t release ${key} --reason TEXT`
    this.#ports.report(`Cannot forget ${key}, ${why}: its state is unknown (${reason}); ${advice}`)
  }

  /**
   * Stops everything in the order of {@link nextToStop}. Nothing can be started from then on. What cannot be
   * stopped is reported and holds up nothing else.
   *
   * @returns what may still run
   */
  async stopAll(actor: Actor, why: string): Promise<Leftover[]> {
    this.#isClosing = true
    const tried = new Set<Entry>()
    for (;;) {
      const all = [...this.entries.values()]
      const left = new Set(all.filter((entry) => entry.runner && !tried.has(entry)))
      if (left.size === 0) return this.leftovers()
      const layer = nextToStop(left, (name) => this.#tryFind(name))
      await Promise.all(layer.map((entry) => this.#tryStop(entry, actor, why)))
      for (const entry of layer) tried.add(entry)
    }
  }

  /** Everything that may run now. */
  leftovers(): Leftover[] {
    return [...this.entries.values()].flatMap(leftoverOf)
  }

  /** Resolves once nothing more happens to the surface by itself, at once if that is so already. */
  async settled(entry: Entry): Promise<void> {
    if (isSettled(entry)) return
    await new Promise<void>((resolve) => {
      const unsubscribe = this.#parts.bus.subscribe(() => {
        if (!isSettled(entry)) return
        unsubscribe()
        resolve()
      })
    })
  }

  /** A restart that was queued meanwhile ends a stop in `running`: then it is stopped again. */
  async #stop(entry: Entry, actor: Actor, reason: string): Promise<void> {
    const { runner } = entry
    if (!runner) return
    do {
      runner.dispatch({ type: 'stop', actor, reason })
      await this.settled(entry)
    } while (!isEnded(entry))
    runner.dispose()
  }

  async #tryStop(entry: Entry, actor: Actor, reason: string): Promise<void> {
    try {
      await this.#stop(entry, actor, reason)
    } catch (thrown) {
      this.#ports.report(`Cannot stop ${entry.datum.key}: ${messageOf(thrown)}`)
    }
  }

  #forget({ datum, runner }: Entry): void {
    if (runner?.lifecycle.state !== 'quarantined') this.#ports.store.remove(datum.key)
    this.entries.delete(datum.key)
    this.#parts.bus.emit('surface.removed', { key: datum.key })
  }

  #isReady(name: string): boolean {
    const entry = this.#tryFind(name)
    return entry !== undefined && isReady(entry)
  }

  /** @throws B00tError `SURFACE_STATE` where everything, or this one, is being stopped for good */
  #refuseStart(entry: Entry): void {
    this.#refuseWhileClosing(entry)
    if (!entry.leaving) return
    throw new B00tError('SURFACE_STATE', `Cannot start ${entry.datum.key}: its file is gone`, {
      hint: 'Bring the file back.',
    })
  }

  #refuseWhileClosing({ datum }: Entry): void {
    if (!this.#isClosing) return
    throw new B00tError('SURFACE_STATE', `Cannot start ${datum.key}: the supervisor is going down`)
  }

  #tryFind(name: string): Entry | undefined {
    try {
      return this.find(name)
    } catch {
      return undefined
    }
  }

  #changed(key: string): void {
    const entry = this.entries.get(key)
    if (!entry) return
    const status = describeSurface(entry, this.#ports.now())
    const event = stateEvent(status)
    if (isNews(entry, event)) this.#parts.bus.emit('surface.state', event)
    if (entry.awaitsRelease && status.state !== 'unknown') this.#forget(entry)
    else if (isReady(entry)) this.#pokeWaiting()
  }

  #pokeWaiting(): void {
    for (const { runner } of this.entries.values()) {
      if (runner?.lifecycle.state === 'pending') runner.dispatch({ type: 'poke' })
    }
  }
}
