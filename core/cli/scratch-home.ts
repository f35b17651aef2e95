import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { AuditData } from '../lifecycle/audit-record.ts'
import type { SurfaceStatus } from '../supervisor/status.ts'

const LAUNCHER = fileURLToPath(new URL('./b00t.mjs', import.meta.url))
const DEADLINE_MS = 20_000

/** For tests: what a command of ours did. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** For tests: a supervisor that runs as a process of its own. */
export interface Up {
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
  audit(): Promise<AuditData[]>
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
    const env = { PATH: process.env.PATH, HOME: path, B00T_HOME: home, ...environment }
    const running = follow(spawn(process.execPath, [LAUNCHER, ...args], { cwd: path, env }))
    children.add(running.child)
    return running
  }
  const b00t = async (...args: string[]): Promise<Outcome> => {
    const { exited, stdout, stderr } = launch(args)
    return { code: await exited, stdout: stdout(), stderr: stderr() }
  }
  const status = async (name: string): Promise<SurfaceStatus | undefined> => {
    const { code, stdout } = await b00t('status', '--json')
    if (code !== 0) return undefined
    return (JSON.parse(stdout) as SurfaceStatus[]).find((surface) => surface.name === name)
  }
  return {
    path,
    home,
    write,
    remove: (name) => rmSync(join(path, name)),
    b00t,
    up: (...args) => boot(launch(['up', '--no-welcome', ...args]), b00t),
    status,
    audit: async () => JSON.parse((await b00t('audit', '--all', '--json')).stdout) as AuditData[],
    async reaches(name, fits) {
      let last: SurfaceStatus | undefined
      await until(
        async () => {
          last = await status(name)
          return last !== undefined && fits(last)
        },
        () => `${name} is not as wanted: ${JSON.stringify(last)}`,
      )
      return last as unknown as SurfaceStatus
    },
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

async function boot(running: Running, b00t: ScratchHome['b00t']): Promise<Up> {
  const { child, exited } = running
  const output = () => running.stdout() + running.stderr()
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  await until(
    async () => hasEnded() || (await b00t('status')).code === 0,
    () => `the supervisor did not boot: ${output()}`,
  )
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exited
  }
  return { pid: child.pid ?? 0, output, exited, end }
}

/** Asks supervisors to end, then kills whatever their state folder still names. */
async function endAll(children: ReadonlySet<ChildProcess>, home: string): Promise<void> {
  const living = [...children].filter((child) => child.exitCode === null && !child.signalCode)
  const ends = living.map((child) => once(child, 'exit'))
  for (const child of living) child.kill('SIGTERM')
  await Promise.race([Promise.all(ends), pause(DEADLINE_MS)])
  for (const pid of leftPids(home)) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
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
