import { userInfo } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Journal } from '../audit/journal.ts'
import { messageOf } from '../error.ts'
import type { Actor } from '../governance/role.ts'
import type { Instant } from '../lifecycle/state.ts'
import { createSurfaceStore } from '../lifecycle/surface-store.ts'
import type { Host } from '../surface/plugin.ts'
import { serveApi } from './api.ts'
import { type Bus, type BusEvent, createBus } from './bus.ts'
import type { Leftover } from './entry.ts'
import { type Home, prepareHome } from './home.ts'
import { type SupervisorIdentity, takeLock } from './lock.ts'
import { writeOwnLog } from './own-log.ts'
import { loadRegistry } from './registry.ts'
import type { Settings } from './settings.ts'
import { Supervisor } from './supervisor.ts'

/** A supervisor that runs in this process. */
export interface RunningSupervisor {
  readonly supervisor: Supervisor
  readonly bus: Bus
  readonly host: Host
  /**
   * Stops every surface and gives the lock back. Never rejects: what goes wrong is reported. Calling it again
   * waits for the same end.
   *
   * @returns what may still run
   */
  shutDown(reason: string): Promise<readonly Leftover[]>
  /** Resolves when it has ended, by whatever way, to what may still run. */
  readonly ended: Promise<readonly Leftover[]>
}

/** What {@link runSupervisor} is given. */
export interface RunOptions {
  readonly home: Home
  readonly settings: Settings
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Datums to start; with none, those with `autostart = true`. */
  readonly names: readonly string[]
  onEvent(event: BusEvent): void
  /** Takes a line of text that could not be written to the log. */
  complain(line: string): void
}

/**
 * Boots a supervisor: lock, plugins, datums, adoption, then control socket and first starts.
 *
 * @throws B00tError `SUPERVISOR_RUNNING`, `HOME_UNUSABLE`, `DATUM_NOT_FOUND`; nothing is left running then
 */
export async function runSupervisor(options: RunOptions): Promise<RunningSupervisor> {
  const home = prepareHome(options.home)
  const lock = await takeLock(home, new Date())
  const resources = new DisposableStack()
  resources.defer(() => lock.release())
  try {
    return await boot({ ...options, home, identity: lock.identity }, resources)
  } catch (thrown) {
    resources.dispose()
    throw thrown
  }
}

type BootOptions = RunOptions & { readonly identity: SupervisorIdentity }

/** @param resources - given back, the last first, when it has ended */
async function boot(options: BootOptions, resources: DisposableStack): Promise<RunningSupervisor> {
  const { home, settings, identity } = options
  const bus = createBus(() => new Date())
  bus.subscribe(writeOwnLog(home.ownLog, options.complain))
  bus.subscribe(options.onEvent)
  const actor: Actor = { name: userInfo().username, role: settings.role }
  const host = createHost(options, bus)
  const journal = resources.use(new Journal(home.audit))
  if (journal.damage) bus.emit('report', { message: journal.damage })
  const supervisor = await createSupervisor(options, { host, journal, bus })
  const end = createEnd({ supervisor, bus, actor, resources })
  try {
    // Before anybody can ask for a start: what is about to be taken over must not be started twice.
    await supervisor.boot(actor)
    const shutDown = () => end.stop('the supervisor is going down')
    const parts = { supervisor, bus, identity, role: settings.role, shutDown }
    const api = await serveApi(home.socket, parts)
    resources.defer(() => {
      api.close()
      api.closeAllConnections()
    })
    supervisor.startInitial(options.names, actor)
  } catch (thrown) {
    await end.shutDown(messageOf(thrown))
    throw thrown
  }
  followDatums(supervisor, bus, actor)
  return { supervisor, bus, host, shutDown: end.shutDown, ended: end.ended }
}

/** What {@link createEnd} ends. */
interface EndParts {
  readonly supervisor: Supervisor
  readonly bus: Bus
  readonly actor: Actor
  readonly resources: DisposableStack
}

/** The end of a supervisor; nothing of it ever rejects. */
interface End extends Pick<RunningSupervisor, 'shutDown' | 'ended'> {
  /** Begins the end and resolves once the surfaces are stopped, while an answer can still be sent. */
  stop(reason: string): Promise<readonly Leftover[]>
}

function createEnd({ supervisor: { surfaces }, bus, actor, resources }: EndParts): End {
  const { promise: ended, resolve } = Promise.withResolvers<readonly Leftover[]>()
  let stopping: Promise<readonly Leftover[]> | undefined
  const tell = (thrown: unknown) => {
    bus.emit('report', { message: `Cannot end in order: ${messageOf(thrown)}` })
  }
  const giveBack = async (left: readonly Leftover[]) => {
    await nextTurn() // Whoever waits for the stop is answered before the connections are closed.
    try {
      resources.dispose()
    } catch (thrown) {
      tell(thrown)
    }
    resolve(left)
  }
  const stop = (reason: string): Promise<readonly Leftover[]> => {
    if (!stopping) {
      stopping = surfaces.stopAll(actor, reason).catch((thrown) => {
        tell(thrown)
        return surfaces.leftovers()
      })
      void stopping.then(giveBack)
    }
    return stopping
  }
  const shutDown = async (reason: string) => {
    await stop(reason)
    return await ended
  }
  return { stop, shutDown, ended }
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
