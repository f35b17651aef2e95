import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readJournal } from '../audit/journal.ts'
import type { AuditData } from '../lifecycle/audit-record.ts'
import { askSupervisor } from '../supervisor/client.ts'
import { locateHome } from '../supervisor/home.ts'
import { readIdentity } from '../supervisor/lock.ts'
import type { SurfaceStatus } from '../supervisor/status.ts'

const LAUNCHER = fileURLToPath(new URL('./b00t.mjs', import.meta.url))
/** Compiled code is kept between homes; a home of its own would start empty each time. */
const BASE = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/b00t', import.meta.url)),
}
const DEADLINE_MS = 15_000

/** For tests: what a command of ours did. */
interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** For tests: a supervisor that runs as a process of its own. */
interface Up {
  readonly pid: number
  /** Everything it has printed so far, both streams. */
  output(): string
  readonly exited: Promise<number | null>
  /** Ends it with a signal and waits for its end. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

/** For tests: a working folder with datums, a `B00T_HOME`, and whatever runs there; all removed in the end. */
export interface ScratchHome extends AsyncDisposable {
  readonly path: string
  readonly home: string
  /** Writes a file below the folder. */
  write(name: string, content: string): string
  remove(name: string): void
  /** Runs `b00t` with these words to its end. */
  b00t(...args: string[]): Promise<Outcome>
  /** Starts `b00t up` in the foreground and waits until it has booted. */
  up(...args: string[]): Promise<Up>
  status(name: string): Promise<SurfaceStatus | undefined>
  audit(): readonly AuditData[]
  /** Waits until a surface fits, and returns it. */
  reaches(name: string, fits: (surface: SurfaceStatus) => boolean): Promise<SurfaceStatus>
}

/** Makes a {@link ScratchHome}; the processes get this environment and little else. */
export function createScratchHome(
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): ScratchHome {
  const path = mkdtempSync(join(tmpdir(), 'b00t-up-'))
  const home = join(path, 'home')
  const children = new Set<ChildProcess>()
  const write = (name: string, content: string): string => {
    const file = join(path, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    return file
  }
  for (const [name, content] of Object.entries(files)) write(name, content)
  const launch = (args: readonly string[]): Running => {
    const env = { ...BASE, HOME: path, B00T_HOME: home, ...environment }
    const running = follow(spawn(process.execPath, [LAUNCHER, ...args], { cwd: path, env }))
    children.add(running.child)
    return running
  }
  const b00t = async (...args: string[]): Promise<Outcome> => {
    const { exited, stdout, stderr } = launch(args)
    return { code: await exited, stdout: stdout(), stderr: stderr() }
  }
  const status = async (name: string) => (await readStatus(home))?.find((one) => one.name === name)
  return {
    path,
    home,
    write,
    remove: (name) => rmSync(join(path, name)),
    b00t,
    up: (...args) => boot(launch(['up', '--no-welcome', ...args]), home),
    status,
    audit: () => readJournal<AuditData>(join(home, 'audit.ndjson')),
    reaches: (name, fits) => waitFor(name, status, fits),
    async [Symbol.asyncDispose]() {
      await endAll(children, home)
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** For tests: looks again until it holds, with a deadline that even a busy machine keeps. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: () => string = () => 'what was waited for did not happen',
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(what())
    await pause(25)
  }
}

/** For tests: whether a process lives; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

interface Running {
  readonly child: ChildProcess
  readonly exited: Promise<number | null>
  stdout(): string
  stderr(): string
}

function follow(child: ChildProcess): Running {
  let stdout = ''
  let stderr = ''
  child.stdin?.end()
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const exited = once(child, 'close').then(([code]) => code as number | null)
  return { child, exited, stdout: () => stdout, stderr: () => stderr }
}

async function boot(running: Running, home: string): Promise<Up> {
  const { child, exited } = running
  const output = () => running.stdout() + running.stderr()
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  await until(
    async () => hasEnded() || (await readStatus(home)) !== undefined,
    () => `the supervisor did not boot: ${output()}`,
  )
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exited
  }
  return { pid: child.pid ?? 0, output, exited, end }
}

/** What the supervisor says, asked over its socket; `undefined` while there is none. */
async function readStatus(home: string): Promise<readonly SurfaceStatus[] | undefined> {
  try {
    const request = { path: '/v1/status' }
    const answer = await askSupervisor<{ surfaces: SurfaceStatus[] }>(
      locateHome({ B00T_HOME: home }),
      request,
    )
    return answer.surfaces
  } catch {
    return undefined
  }
}

async function waitFor(
  name: string,
  read: ScratchHome['status'],
  fits: (surface: SurfaceStatus) => boolean,
): Promise<SurfaceStatus> {
  let last: SurfaceStatus | undefined
  for (const deadline = performance.now() + DEADLINE_MS; performance.now() < deadline; ) {
    last = await read(name)
    if (last && fits(last)) return last
    await pause(25)
  }
  throw new Error(`${name} is not as wanted: ${JSON.stringify(last)}`)
}

/** Asks supervisors to end, then kills whatever their state folder still names. */
async function endAll(children: ReadonlySet<ChildProcess>, home: string): Promise<void> {
  const living = [...children].filter((child) => child.exitCode === null && !child.signalCode)
  const ends = living.map((child) => once(child, 'exit'))
  for (const child of living) child.kill('SIGTERM')
  await Promise.race([Promise.all(ends), pause(DEADLINE_MS)])
  const detached = readIdentity(locateHome({ B00T_HOME: home }))?.pid
  for (const pid of [detached ?? 0, ...leftPids(home)]) {
    if (pid > 0 && isAlive(pid)) process.kill(pid, 'SIGKILL')
  }
}

function leftPids(home: string): number[] {
  try {
    const folder = join(home, 'run', 'surfaces')
    return readdirSync(folder).flatMap((name) => {
      const { handle } = JSON.parse(readFileSync(join(folder, name), 'utf8'))
      return typeof handle?.pid === 'number' ? [handle.pid] : []
    })
  } catch {
    return []
  }
}
