import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Journal } from '../audit/journal.ts'
import { createTypeCatalog } from '../datum/catalog.ts'
import type { Datum } from '../datum/datum.ts'
import { readPolicy } from '../governance/policy.ts'
import type { Actor } from '../governance/role.ts'
import { createSurfaceStore, type SurfaceStore } from '../lifecycle/surface-store.ts'
import type { ProcessSurface } from '../surface/contract.ts'
import type { Host } from '../surface/plugin.ts'
import { type Bus, type BusEvent, createBus } from './bus.ts'
import { locateHome, prepareHome } from './home.ts'
import type { Registry } from './registry.ts'
import { Supervisor } from './supervisor.ts'

/** For tests: who does everything. */
export const OPERATOR: Actor = { name: 'tester', role: 'operator' }

/** For tests: a supervisor over real datum files of a type `lamp`, which shines inside this process. */
export interface Lamps extends Disposable {
  /** The scratch folder. */
  readonly path: string
  readonly supervisor: Supervisor
  readonly bus: Bus
  readonly store: SurfaceStore
  /** Colours by key of the lamps that shine. */
  readonly shining: Map<string, string>
  readonly events: BusEvent[]
  readonly reports: string[]
  /** Writes the datum of a lamp; `rest` goes into its head. */
  write(key: string, colour: string, rest?: string): void
  remove(key: string): void
  /** Lamps hold on to their light until the returned function is called. */
  holdLight(): () => void
}

/** Makes {@link Lamps} in a scratch folder. */
export function createLamps(): Lamps {
  const path = mkdtempSync(join(tmpdir(), 'b00t-lamps-'))
  const home = prepareHome(locateHome({ B00T_HOME: join(path, 'home') }))
  const folder = join(path, 'datums')
  mkdirSync(folder)
  const shining = new Map<string, string>()
  const reports: string[] = []
  const events: BusEvent[] = []
  const bus = createBus(() => new Date())
  bus.subscribe((event) => events.push(event))
  const journal = new Journal(home.audit)
  const store = createSurfaceStore(home.surfaces)
  let dark = Promise.resolve()
  const registry = registryOf((datum) => lampOf(datum, shining, () => dark))
  const host: Host = {
    home: home.path,
    environment: {},
    datumFolders: [folder],
    emit: (type, data) => bus.emit(type, data),
  }
  const now = () => ({ monotonic: performance.now(), wall: Date.now() })
  const report = (message: string) => void reports.push(message)
  const parts = { home, host, registry, store, journal, bus, now, random: () => 0.5, report }
  const fileOf = (key: string) => join(folder, `${key}.toml`)
  return {
    path,
    supervisor: new Supervisor(parts),
    bus,
    store,
    shining,
    events,
    reports,
    write: (key, colour, rest = '') => writeFileSync(fileOf(key), textOf(key, colour, rest)),
    remove: (key) => rmSync(fileOf(key)),
    holdLight() {
      const { promise, resolve } = Promise.withResolvers<void>()
      dark = promise
      return resolve
    },
    [Symbol.dispose]() {
      journal[Symbol.dispose]()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

function textOf(key: string, colour: string, rest: string): string {
  return `[b00t]\nname = "${key}"\ntype = "lamp"\nautostart = true\n${rest}\n[b00t.lamp]\ncolour = "${colour}"\n`
}

function lampOf(
  { key, table }: Datum,
  shining: Map<string, string>,
  dark: () => Promise<void>,
): ProcessSurface {
  return {
    consumesEndpoints: table.colour === 'reflected',
    requirements: () => [],
    async operate() {
      shining.set(key, String(table.colour))
      return {}
    },
    async terminate() {
      await dark()
      shining.delete(key)
    },
  }
}

function registryOf(create: (datum: Datum) => ProcessSurface): Registry {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: { table: { type: 'object', properties: { colour: { type: 'string' } } } },
    type: 'object',
    properties: {
      b00t: { type: 'object', properties: { lamp: { $ref: '#/$defs/table' } } },
    },
  }
  const types = createTypeCatalog([{ type: 'lamp', aliases: [], schema, runnable: true }])
  return {
    plugins: [],
    types,
    problems: [],
    isRunnable: (datum) => types.isRunnable(datum),
    define: (datum) => ({
      surface: create(datum),
      policy: readPolicy(datum.governance),
      dependsOn: datum.dependsOn,
      hash: datum.hash,
    }),
  }
}
