import { createWriteStream } from 'node:fs'
import type { Server } from 'node:http'
import { userInfo } from 'node:os'
import { pino } from 'pino'
import { Journal } from '../audit/journal.ts'
import { messageOf } from '../error.ts'
import { PRIVATE_FILE } from '../file.ts'
import type { Actor } from '../governance/role.ts'
import type { Instant } from '../lifecycle/state.ts'
import { createSurfaceStore } from '../lifecycle/surface-store.ts'
import type { Host } from '../surface/plugin.ts'
import { serveApi } from './api.ts'
import { type Bus, type BusEvent, createBus } from './bus.ts'
import { type Home, prepareHome } from './home.ts'
import { takeLock } from './lock.ts'
import { loadRegistry } from './registry.ts'
import type { Settings } from './settings.ts'
import { Supervisor } from './supervisor.ts'

/** A supervisor that runs in this process. */
export interface RunningSupervisor {
  readonly supervisor: Supervisor
  readonly bus: Bus
  readonly host: Host
  /** Stops every surface and gives the lock back. Calling it again waits for the same end. */
  shutDown(reason: string): Promise<void>
  /** Resolves when it has ended, by whatever way. */
  readonly ended: Promise<void>
}

/** What {@link runSupervisor} is given. */
export interface RunOptions {
  readonly home: Home
  readonly settings: Settings
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Datums to start; with none, those with `autostart = true`. */
  readonly names: readonly string[]
  onEvent(event: BusEvent): void
}

/**
 * Boots a supervisor: lock, plugins, datums, adoption, then control socket and first starts.
 *
 * @throws B00tError `SUPERVISOR_RUNNING`, `HOME_UNUSABLE`, `DATUM_NOT_FOUND`; nothing is left running then
 */
export async function runSupervisor(options: RunOptions): Promise<RunningSupervisor> {
  const home = prepareHome(options.home)
  const lock = await takeLock(home, new Date())
  const bus = createBus(() => new Date())
  bus.subscribe(writeLog(home))
  bus.subscribe(options.onEvent)
  const actor: Actor = { name: userInfo().username, role: options.settings.role }
  const host = createHost(options, bus)
  const journal = new Journal(home.audit)
  const supervisor = await createSupervisor(options, { host, journal, bus })
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  let ending: Promise<void> | undefined
  let api: Server | undefined
  const shutDown = (reason: string): Promise<void> => {
    ending ??= supervisor.surfaces.stopAll(actor, reason).finally(() => {
      api?.close()
      api?.closeAllConnections()
      journal[Symbol.dispose]()
      lock.release()
      end()
    })
    return ending
  }
  try {
    // Before anybody can ask for a start: what is about to be taken over must not be started twice.
    await supervisor.boot(actor)
    api = await serveApi(home.socket, {
      supervisor,
      bus,
      identity: lock.identity,
      role: options.settings.role,
      shutDown: () => setImmediate(() => void shutDown('the supervisor is going down')),
    })
    supervisor.startInitial(options.names, actor)
  } catch (thrown) {
    await shutDown(messageOf(thrown))
    throw thrown
  }
  followDatums(supervisor, bus, actor)
  return { supervisor, bus, host, shutDown, ended }
}

async function createSupervisor(
  { home, settings }: RunOptions,
  parts: { host: Host; journal: Journal; bus: Bus },
): Promise<Supervisor> {
  return new Supervisor({
    home,
    ...parts,
    registry: await loadRegistry(settings.plugins),
    store: createSurfaceStore(home.surfaces),
    now,
    random: Math.random,
    report: (message) => parts.bus.emit('report', { message }),
  })
}

/** Whoever changes datum files says so on the bus; the watcher is one of them. */
function followDatums(supervisor: Supervisor, bus: Bus, actor: Actor): void {
  bus.subscribe((event) => {
    if (event.type !== 'datums.changed') return
    supervisor.apply({ ...actor, name: 'datum files' }).catch((thrown) => {
      bus.emit('report', { message: `Cannot apply the datums: ${messageOf(thrown)}` })
    })
  })
}

function createHost({ home, settings, environment }: RunOptions, bus: Bus): Host {
  return {
    home: home.path,
    environment,
    datumFolders: settings.datums,
    emit: (type, data) => bus.emit(type, data),
  }
}

function now(): Instant {
  return { monotonic: Number(process.hrtime.bigint() / 1_000_000n), wall: Date.now() }
}

/** Everything that happens, as JSON lines, for whoever looks later. */
function writeLog(home: Home): (event: BusEvent) => void {
  const file = createWriteStream(`${home.logs}/supervisor.log`, { flags: 'a', mode: PRIVATE_FILE })
  const log = pino({ base: { pid: process.pid } }, file)
  return ({ type, data }) => log.info({ event: type, data })
}
