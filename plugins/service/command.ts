import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Datum, Endpoint, Requirement } from '#core'
import type { ServiceTable } from './datum.gen.ts'

/** What to run, without having run it. */
export interface ServiceCommand {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly environment: Record<string, string>
}

type Environment = Readonly<Record<string, string | undefined>>

/** The command line of a service. Pure. */
export function buildCommand(datum: Datum<ServiceTable>, environment: Environment): ServiceCommand {
  const { argv, working_dir = '.', pass_environment = [] } = datum.table
  const passed = pass_environment.flatMap((name) => {
    const value = environment[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    argv,
    cwd: resolve(dirname(datum.file), expandHome(working_dir)),
    environment: { ...Object.fromEntries(passed), ...datum.table.environment },
  }
}

/** What must hold before the service can start. Pure. */
export function listRequirements(datum: Datum<ServiceTable>): Requirement[] {
  const { argv, ports = [], ready_port } = datum.table
  const program = argv[0] ?? ''
  const listens = ready_port === undefined ? ports : [...ports, ready_port]
  return [
    isPath(program)
      ? { kind: 'path', path: resolve(buildCommand(datum, {}).cwd, program) }
      : { kind: 'binary', name: program },
    { kind: 'path', path: buildCommand(datum, {}).cwd },
    ...[...new Set(listens)].map((port): Requirement => ({ kind: 'port', port })),
  ]
}

/** Whether the datum says how to tell that the service answers. Pure. */
export function isObservable({ ready_port, ready_url }: ServiceTable): boolean {
  return ready_port !== undefined || ready_url !== undefined
}

/** What the service offers once it is ready. Pure. */
export function listEndpoints({ table }: Datum<ServiceTable>): Endpoint[] {
  if (table.api !== 'openai-compat') return []
  const url = table.api_url ?? (table.ready_port && `http://127.0.0.1:${table.ready_port}/v1`)
  return url ? [{ protocol: 'openai', url, models: [], tier: 'local' }] : []
}

function isPath(program: string): boolean {
  return program.includes('/')
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
}
