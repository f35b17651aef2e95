import type { Journal } from '../audit/journal.ts'
import type { Datum } from '../datum/datum.ts'
import { type Discovery, discoverDatums } from '../datum/discover.ts'
import { checkReferences } from '../datum/references.ts'
import { messageOf, type Problem, placeText } from '../error.ts'
import type { Actor } from '../governance/role.ts'
import { endForsaken, endUnreadable } from '../lifecycle/forsaken.ts'
import type { Instant } from '../lifecycle/state.ts'
import type { StoredSurface } from '../lifecycle/stored-surface.ts'
import type { DamagedRecord, SurfaceStore } from '../lifecycle/surface-store.ts'
import type { Host } from '../surface/plugin.ts'
import type { Bus } from './bus.ts'
import { type Entry, keepEntry } from './entry.ts'
import { type Home, logFileOf } from './home.ts'
import { computePlan, type PlanEntry, type Present } from './plan.ts'
import type { Registry } from './registry.ts'
import { SurfaceTable } from './surface-table.ts'

/** What a supervisor is built from. */
export interface SupervisorParts {
  readonly home: Home
  readonly host: Host
  readonly registry: Registry
  readonly store: SurfaceStore
  readonly journal: Journal
  readonly bus: Bus
  now(): Instant
  random(): number
  report(message: string): void
}

/** Keeps the surfaces of this machine as the datums want them. */
export class Supervisor {
  readonly surfaces: SurfaceTable
  readonly #parts: SupervisorParts
  #problems: readonly Problem[] = []
  readonly #turns = new Map<string, Promise<void>>()

  constructor(parts: SupervisorParts) {
    this.#parts = parts
    const { host, registry, bus, home } = parts
    const ports = { ...parts, environment: host.environment, logFile: logFiles(home) }
    this.surfaces = new SurfaceTable({ host, registry, bus, ports })
  }

  /** Everything that is wrong with plugins and datum files now. */
  get problems(): readonly Problem[] {
    return this.#problems
  }

  /** Reads the datums and takes over what an earlier supervisor left running. */
  async boot(actor: Actor): Promise<void> {
    const found = this.#discover()
    for (const datum of this.#startable(found)) this.surfaces.entries.set(datum.key, { datum })
    const stored = this.#parts.store.loadAll()
    await Promise.all(stored.map((surface) => this.#restore(surface, actor)))
  }

  /**
   * Starts datums with `autostart = true`, or those named. Failures are reported.
   *
   * @throws B00tError `DATUM_NOT_FOUND` for a name that does not exist; nothing is started then
   */
  startInitial(names: readonly string[], actor: Actor): void {
    const named = names.map((name) => this.surfaces.find(name))
    const automatic = [...this.surfaces.entries.values()].filter(({ datum }) => datum.autostart)
    for (const entry of named.length > 0 ? named : automatic) this.surfaces.tryStart(entry, actor)
  }

  /** What {@link apply} would do now. */
  plan(): PlanEntry[] {
    return this.#compare(this.#discover())
  }

  /**
   * Makes the surfaces as the files say, and resolves when that is done. Changes of one surface wait for
   * each other; a slow stop holds up nothing else.
   */
  async apply(actor: Actor): Promise<PlanEntry[]> {
    const found = this.#discover()
    const plan = this.#compare(found)
    this.#markInvalid(found)
    const changes = plan.filter(({ change }) => change !== 'keep')
    await Promise.all(
      changes.map(({ key, change }) => {
        const entry = this.surfaces.entries.get(key)
        if (entry && change === 'remove') entry.leaving = true
        return this.#inTurn(key, () => this.#applyOne(key, actor))
      }),
    )
    return plan
  }

  #inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work).catch((thrown) => {
      this.#parts.report(`Cannot apply ${key}: ${messageOf(thrown)}`)
    })
    this.#turns.set(key, turn)
    return turn.finally(() => {
      if (this.#turns.get(key) === turn) this.#turns.delete(key)
    })
  }

  /** Decides anew: while it waited for its turn, the file may have changed again. */
  async #applyOne(key: string, actor: Actor): Promise<void> {
    if (this.surfaces.isClosing) return
    const entry = this.surfaces.entries.get(key)
    const { planned, datum } = this.#compareOne(key, entry)
    if (entry && planned?.change !== 'remove') keepEntry(entry)
    if (!planned || planned.change === 'keep') return
    const { change, why } = planned
    this.#parts.bus.emit('datum.applied', { key, change, why })
    if (datum && entry) {
      await this.surfaces.replace(entry, datum, { restart: change === 'restart', actor, why })
    } else if (datum) {
      await this.#create(datum, actor)
    } else if (entry) {
      await this.surfaces.remove(entry, actor, why)
    }
  }

  async #create(datum: Datum, actor: Actor): Promise<void> {
    const created = { datum }
    this.surfaces.entries.set(datum.key, created)
    const stored = this.#parts.store.load(datum.key)
    if (stored) await this.#restore(stored, actor)
    if (datum.autostart) this.surfaces.tryStart(created, actor)
  }

  /** Reads the folders and says once what is newly wrong. */
  #discover(): Discovery {
    const { host, registry } = this.#parts
    const found = discoverDatums(host.datumFolders, registry.types)
    this.surfaces.known = found
    const known = new Set(this.#problems.map(problemId))
    this.#problems = [
      ...registry.problems,
      ...found.degraded.flatMap(({ problems }) => problems),
      ...found.problems,
      ...checkReferences(found, registry.types),
    ]
    const news = this.#problems.filter((problem) => !known.has(problemId(problem)))
    if (news.length > 0) this.#parts.bus.emit('datum.problems', JSON.parse(JSON.stringify(news)))
    return found
  }

  #startable({ datums }: Pick<Discovery, 'datums'>): Datum[] {
    return datums.filter((datum) => this.#parts.registry.isRunnable(datum))
  }

  #compare(found: Discovery): PlanEntry[] {
    const staying = [...this.surfaces.entries].filter(([, { leaving }]) => !leaving)
    const present = staying.map(([key, entry]) => [key, presentOf(entry)] as const)
    return computePlan(new Map(present), this.#startable(found), invalidByKey(found))
  }

  /** The plan for one key by the latest look at the files, by whomever; nothing where nobody knows it. */
  #compareOne(
    key: string,
    entry: Entry | undefined,
  ): { planned: PlanEntry | undefined; datum: Datum | undefined } {
    const { known } = this.surfaces
    const wanted = this.#startable({ datums: known.datums.filter((datum) => datum.key === key) })
    const present = new Map(entry ? [[key, presentOf(entry)]] : [])
    const [planned] = computePlan(present, wanted, invalidByKey(known))
    return { planned, datum: wanted[0] }
  }

  #markInvalid(found: Discovery): void {
    const invalid = invalidByKey(found)
    for (const [key, entry] of this.surfaces.entries) {
      const why = invalid.get(key)
      if (why === undefined) delete entry.invalid
      else entry.invalid = why
    }
  }

  async #restore(stored: StoredSurface | DamagedRecord, actor: Actor): Promise<void> {
    const entry = this.surfaces.entries.get(stored.key)
    const ports = { ...this.#parts, logFile: logFiles(this.#parts.home) }
    try {
      if ('damaged' in stored) return await endUnreadable(stored.key, actor, ports)
      if (entry) return await this.surfaces.runnerOf(entry).restore(stored)
      await endForsaken(stored, actor, ports)
    } catch (thrown) {
      this.#parts.report(`Cannot take over ${stored.key}: ${messageOf(thrown)}`)
    }
  }
}

function logFiles(home: Home): (key: string) => string {
  return (key) => logFileOf(home, key)
}

/** A surface in backoff has nothing running, but will start again: it is treated like one that runs. */
function isLive(lifecycle: { live: boolean; state: string } | undefined): boolean {
  return lifecycle !== undefined && (lifecycle.live || lifecycle.state === 'backoff')
}

function presentOf({ datum, runner }: Entry): Present {
  return { datum, live: isLive(runner?.lifecycle) }
}

function invalidByKey({ degraded }: Pick<Discovery, 'degraded'>): Map<string, string> {
  return new Map(
    degraded.map(({ key, file, problems }) => {
      const first = problems.find(({ severity }) => severity === 'error')
      return [key, `${placeText(first?.at ?? { file })}: ${first?.message ?? 'it cannot be read'}`]
    }),
  )
}

function problemId({ code, message, at }: Problem): string {
  return `${code} ${message} ${at ? placeText(at) : ''}`
}
