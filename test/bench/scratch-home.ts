import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../fixtures/router-process.ts'

/** The command line's entry file. */
export const B00T: string = join(import.meta.dirname, '../../core/cli/b00t.mjs')

/** A supervisor with a state folder and a working folder of its own. */
export interface ScratchSupervisor extends AsyncDisposable {
  readonly pid: number
  /** Working folder for commands; its settings name one small datum folder. */
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
}

const DATUM = `[b00t]
name = "sleeper"
type = "service"
hint = "Does nothing for an hour"
autostart = true

[b00t.service]
argv = ["sleep", "3600"]
`

/** Makes a scratch folder that is removed with everything in it. */
export async function makeScratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'b00t-bench-'))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** The environment of children: what they need, and nothing that slows the start of Node down. */
export function leanEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return { PATH, HOME, ...more }
}

/** Starts a supervisor with one running surface. */
export async function startScratchSupervisor(): Promise<ScratchSupervisor> {
  await using stack = new AsyncDisposableStack()
  const { path } = stack.use(await makeScratch())
  const folder = join(path, 'work')
  await mkdir(join(folder, 'datums'), { recursive: true })
  await writeFile(join(folder, '.b00trc.toml'), 'datums = ["datums"]\n')
  await writeFile(join(folder, 'datums', 'sleeper.service.toml'), DATUM)
  const environment = leanEnvironment({ B00T_HOME: join(path, 'home') })
  const child = spawn(process.execPath, [B00T, 'up', '--no-welcome'], {
    cwd: folder,
    env: environment,
    stdio: 'ignore',
  })
  stack.defer(() => endSupervisor(child))
  await until(async () => {
    if (child.exitCode !== null) throw new Error('the supervisor did not start')
    return (await runStatus(folder, environment)).includes('running')
  })
  const moved = stack.move()
  return {
    pid: child.pid ?? 0,
    folder,
    environment,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  }
}

/** SIGTERM lets the supervisor end its surfaces first. */
async function endSupervisor(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

async function runStatus(folder: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [B00T, 'status'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const chunks = await child.stdout.toArray()
  return Buffer.concat(chunks).toString()
}
