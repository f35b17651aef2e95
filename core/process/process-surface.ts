import { setTimeout as pause } from 'node:timers/promises'
import type {
  Endpoint,
  Exit,
  Handle,
  Json,
  MaintenanceAction,
  ProcessSurface,
  Run,
} from '../surface/contract.ts'
import type { Requirement } from '../surface/requirement.ts'
import { isSameProcess } from './identity.ts'
import { type CommandLine, forgetChild, type Launched, launch, observedExit } from './launch.ts'
import { stopProcess } from './stop.ts'

/** Handle of a surface that is one process with its descendants. */
export type ProcessHandle = Launched & {
  /** What `command` put aside, e.g. a port or a socket path. */
  readonly details: { readonly [key: string]: Json }
}

/** The part that differs between surfaces which run one program. */
export interface ProcessDefinition {
  requirements(): readonly Requirement[]
  /** What to start, and the facts that the other members need later. */
  command(run: Run): CommandLine & { readonly details?: { readonly [key: string]: Json } }
  ready?(handle: ProcessHandle, run: Run): Promise<void>
  endpoints?(handle: ProcessHandle): readonly Endpoint[]
  maintain?(handle: ProcessHandle, run: Run): Promise<MaintenanceAction>
  readonly maintainEveryMs?: number
  readonly consumesEndpoints?: boolean
  /** Asks the program to end; SIGTERM by default. */
  readonly stopSignal?: NodeJS.Signals
}

const ADOPTED_LOOK_MS = 500
const EXIT_WAIT_MS = 500

/** A surface that runs one program: launch, watch, stop ladder and adoption are the same for all. */
export function processSurface(definition: ProcessDefinition): ProcessSurface {
  const surface: ProcessSurface<ProcessHandle> = {
    requirements: () => definition.requirements(),
    async operate(run) {
      const { details = {}, ...command } = definition.command(run)
      return { ...(await launch(command, run)), details }
    },
    exited: (handle, run) => observedExit(handle.pid) ?? watchAdopted(handle, run),
    async terminate(handle, run) {
      const signal = definition.stopSignal ?? 'SIGTERM'
      await stopProcess(handle, { signal, graceMs: run.stopGraceMs })
      // The process table knows of an end before our own event loop does; the audit wants its code.
      await Promise.race([observedExit(handle.pid), pause(EXIT_WAIT_MS, undefined, { ref: false })])
      forgetChild(handle.pid)
    },
    adopt: async (handle) => isSameProcess(handle),
    ...pick(definition),
  }
  return surface as unknown as ProcessSurface<Handle>
}

function pick(definition: ProcessDefinition): Partial<ProcessSurface<ProcessHandle>> {
  const { ready, endpoints, maintain, maintainEveryMs, consumesEndpoints } = definition
  return {
    ...(ready && { ready }),
    ...(endpoints && { endpoints }),
    ...(maintain && { maintain }),
    ...(maintainEveryMs && { maintainEveryMs }),
    ...(consumesEndpoints && { consumesEndpoints }),
  }
}

/** An adopted process is not our child: only the process table tells that it has gone. */
async function watchAdopted(handle: ProcessHandle, run: Run): Promise<Exit> {
  while (isSameProcess(handle)) {
    await pause(ADOPTED_LOOK_MS, undefined, { signal: run.signal })
  }
  return { code: null, signal: null }
}
