import { type ChildProcess, spawn } from 'node:child_process'
import { hash } from 'node:crypto'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { B00tError, messageOf } from '../error.ts'
import { PRIVATE_FILE } from '../file.ts'
import type { Exit, Run } from '../surface/contract.ts'
import { identify, MARKER_VARIABLE, type ProcessIdentity, readBootId } from './identity.ts'

/** A command to start, as a pure function of a datum. */
export interface CommandLine {
  /** Program and arguments; no shell sees them. */
  readonly argv: readonly string[]
  /** Working folder, absolute; by default the supervisor's. */
  readonly cwd?: string
  /** Added to the allow-list base, see {@link baseEnvironment}. */
  readonly environment?: Readonly<Record<string, string>>
}

/** A started process and the marker by which its descendants are found. */
export type Launched = ProcessIdentity & { readonly marker: string }

/** Variables a child gets without being asked for; everything else must be named. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'TZ', 'TMPDIR', 'TERM']

/** Children of this process, so that their exit codes can be read. */
const children = new Map<number, Promise<Exit>>()

/**
 * What a run's processes carry in their environment. It follows from the run, so that they are found even
 * if the supervisor died before it could note what it had started; the log file tells state folders apart.
 */
export function markerOf(run: Pick<Run, 'key' | 'generation' | 'logFile'>): string {
  return `${run.key}:${run.generation}:${hash('sha256', run.logFile).slice(0, 12)}`
}

/** The generation that a marker names; `undefined` where it is another surface's. */
export function generationOf(
  marker: string,
  run: Pick<Run, 'key' | 'logFile'>,
): number | undefined {
  const generation = Number(marker.split(':').at(-2))
  return marker === markerOf({ ...run, generation }) ? generation : undefined
}

/** The part of an environment that is safe and useful for any program. */
export function baseEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const names = Object.keys(environment).filter(
    (name) => PASSED_ON.includes(name) || name.startsWith('LC_') || name.startsWith('XDG_'),
  )
  return Object.fromEntries(names.map((name) => [name, environment[name] ?? '']))
}

/**
 * Starts a program in a session of its own, its output appended to the run's log file.
 *
 * @throws B00tError `SURFACE_START_FAILED` when the program cannot be executed
 */
export async function launch(command: CommandLine, run: Run): Promise<Launched> {
  const marker = markerOf(run)
  const child = spawnDetached(command, run, marker)
  await started(child, command)
  const pid = child.pid ?? 0
  children.set(pid, exitOf(child))
  child.unref()
  // It may have ended already; then no process can be mistaken for it.
  const identity = identify(pid) ?? { pid, bootId: readBootId(), startTicks: -1 }
  return { ...identity, marker }
}

/** The exit of a process this supervisor started itself; `undefined` for an adopted one. */
export function observedExit(pid: number): Promise<Exit> | undefined {
  return children.get(pid)
}

/** Drops what is remembered of an ended child. */
export function forgetChild(pid: number): void {
  children.delete(pid)
}

function spawnDetached(command: CommandLine, run: Run, marker: string): ChildProcess {
  const [program = '', ...rest] = command.argv
  mkdirSync(dirname(run.logFile), { recursive: true, mode: 0o700 })
  const log = openSync(run.logFile, 'a', PRIVATE_FILE)
  try {
    return spawn(program, rest, {
      detached: true,
      shell: false,
      stdio: ['ignore', log, log],
      env: { ...baseEnvironment(process.env), ...command.environment, [MARKER_VARIABLE]: marker },
      ...(command.cwd ? { cwd: command.cwd } : {}),
    })
  } finally {
    closeSync(log)
  }
}

async function started(child: ChildProcess, command: CommandLine): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) => {
      const where = command.cwd ? ` in ${command.cwd}` : ''
      reject(
        new B00tError(
          'SURFACE_START_FAILED',
          `Cannot execute "${command.argv[0]}"${where}: ${messageOf(cause)}`,
          { cause },
        ),
      )
    })
  })
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}
