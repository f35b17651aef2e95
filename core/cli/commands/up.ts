import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { discoverDatums } from '../../datum/discover.ts'
import { B00tError } from '../../error.ts'
import { PRIVATE_FILE } from '../../file.ts'
import { readRange } from '../../process/log-file.ts'
import { askSupervisor } from '../../supervisor/client.ts'
import { prepareHome } from '../../supervisor/home.ts'
import { readIdentity } from '../../supervisor/lock.ts'
import { loadRegistry } from '../../supervisor/registry.ts'
import { type RunningSupervisor, runSupervisor } from '../../supervisor/run.ts'
import { loadSettings, type Settings } from '../../supervisor/settings.ts'
import type { SurfaceStatus } from '../../supervisor/status.ts'
import type { CommandRun, Context } from '../context.ts'
import { describeEvent } from '../event-line.ts'
import { runningKeys } from '../running-keys.ts'

const LAUNCHER = fileURLToPath(new URL('../b00t.mjs', import.meta.url))
/** States in which a surface does not move on by itself. */
const UNSETTLED = ['starting', 'stopping']
const FIRST_STARTS_WITHIN_MS = 120_000

/** Starts the supervisor: in the foreground until Ctrl-C, or with `--detach` in the background. */
export const up: CommandRun = async (context, names, { detach, welcome }) => {
  const settings = await loadSettings(context.cwd, context.home)
  if (detach === true) return await runInBackground(context, names, settings)
  const { signal } = context // From here on, so that a signal during the start is not lost.
  const running = await runSupervisor({
    home: context.home,
    settings,
    environment: context.environment,
    names,
    onEvent: (event) => {
      for (const line of describeEvent(event, context)) context.terminal.complain(line)
    },
  })
  const stop = () => {
    context.terminal.note('stopping …')
    void running.shutDown(`the supervisor got ${signal.reason}`)
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)
  await firstStarts(running, context)
  if (welcome !== false && !signal.aborted) {
    await printWelcome(context, settings)
    context.terminal.note('Ctrl-C stops everything.')
  }
  await running.ended
  return 0
}

/** Waits until everything that was to be started runs, or cannot. */
async function firstStarts(
  { supervisor, ended }: RunningSupervisor,
  { signal }: Context,
): Promise<void> {
  const started = [...supervisor.surfaces.entries.values()].filter(({ runner }) => runner)
  const all = Promise.all(started.map((entry) => supervisor.surfaces.settled(entry)))
  const limit = pause(FIRST_STARTS_WITHIN_MS, undefined, { ref: false, signal }).catch(
    () => undefined,
  )
  await Promise.race([all, ended, limit])
}

async function runInBackground(
  context: Context,
  names: readonly string[],
  settings: Settings,
): Promise<number> {
  const { home, terminal } = context
  prepareHome(home)
  const logFile = `${home.logs}/up.log`
  const log = openSync(logFile, 'w', PRIVATE_FILE)
  const child = spawn(process.execPath, [LAUNCHER, 'up', '--no-welcome', ...names], {
    detached: true,
    stdio: ['ignore', log, log],
    env: process.env,
  })
  closeSync(log)
  child.unref()
  while (!(await isUp(context, child.pid))) {
    if (child.exitCode !== null) {
      terminal.complain(readRange(logFile, 0, 64 * 1024).trimEnd())
      return child.exitCode || 1
    }
    await pause(50)
  }
  terminal.note(`supervisor ${child.pid} runs in the background; stop it with: b00t down`)
  await printWelcome(context, settings)
  return 0
}

async function isUp({ home }: Context, pid: number | undefined): Promise<boolean> {
  if (readIdentity(home)?.pid !== pid) return false
  try {
    const { surfaces } = await askSupervisor<{ surfaces: SurfaceStatus[] }>(home, {
      path: '/v1/status',
    })
    return surfaces.every(({ state }) => !UNSETTLED.includes(state))
  } catch (thrown) {
    if (thrown instanceof B00tError && thrown.code === 'SUPERVISOR_ABSENT') return false
    throw thrown
  }
}

/** What the plugins have to say once everything runs; it may hold a key, so it goes nowhere but to stdout. */
async function printWelcome(context: Context, settings: Settings): Promise<void> {
  const { home, environment, terminal } = context
  const registry = await loadRegistry(settings.plugins)
  const running = await runningKeys(home)
  const { datums } = discoverDatums(settings.datums, registry.types)
  const host = {
    home: home.path,
    environment,
    datumFolders: settings.datums,
    emit: () => undefined,
  }
  for (const { plugin } of registry.plugins) {
    const own = datums.filter(({ key, type }) => type === plugin.type && running.has(key))
    for (const line of (await plugin.welcome?.(host, own)) ?? []) terminal.print(line)
  }
}
