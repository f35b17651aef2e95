import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../../error.ts'
import type { Leftover } from '../../supervisor/entry.ts'
import { type RunningSupervisor, runSupervisor } from '../../supervisor/run.ts'
import { loadSettings, type Settings } from '../../supervisor/settings.ts'
import { startInBackground } from '../background.ts'
import type { CommandRun, Context } from '../context.ts'
import { describeEvent } from '../event-line.ts'
import { onInterrupt } from '../interrupts.ts'
import { leftRunning } from '../left-running.ts'
import { onNpmGone } from '../npm.ts'
import { tellTrouble } from '../trouble.ts'
import { welcomeLines } from '../welcome.ts'

const FIRST_STARTS_WITHIN_MS = 120_000
const FORSAKEN_EXIT = 70

/** Starts the supervisor: in the foreground until Ctrl-C, or with `--detach` in the background. */
export const up: CommandRun = async (context, names, { detach, welcome }) => {
  const settings = await loadSettings(context.cwd, context.home)
  if (detach === true) return await runInBackground(context, names, settings)
  const running = await runInForeground(context, names, settings)
  await firstStarts(running, context)
  if (welcome !== false && !context.signal.aborted) {
    await printWelcome(context, settings, process.pid)
    context.terminal.note(`State and logs: ${context.home.path}`)
    context.terminal.note('Ctrl-C stops everything.')
  }
  const left = await running.ended
  if (left.length > 0) throw leftRunning(left)
  return 0
}

async function runInForeground(
  context: Context,
  names: readonly string[],
  settings: Settings,
): Promise<RunningSupervisor> {
  const { signal, terminal } = context // From here on, so that a signal during the start is not lost.
  let running: RunningSupervisor | undefined
  const left = () => running?.supervisor.surfaces.leftovers() ?? []
  onInterrupt((count) => pressAgain(context, count, left()))
  goOn((message) =>
    running ? running.bus.emit('report', { message }) : terminal.complain(message),
  )
  running = await runSupervisor({
    home: context.home,
    settings,
    environment: context.environment,
    names,
    onEvent: (event) => {
      for (const line of describeEvent(event, context)) terminal.complain(line)
    },
    complain: terminal.complain,
  })
  const { shutDown } = running
  const stop = (why: string) => {
    terminal.note('stopping …')
    void shutDown(why)
  }
  const obey = () => stop(`the supervisor got ${signal.reason}`)
  if (signal.aborted) obey()
  else signal.addEventListener('abort', obey)
  onNpmGone(context.environment, () => stop('npm, which had started the supervisor, has ended'))
  return running
}

/** The first Ctrl-C stops everything; the second says what it waits for, the third leaves that behind. */
function pressAgain({ terminal }: Context, count: number, left: readonly Leftover[]): void {
  if (count === 2) {
    const keys = left.map(({ key }) => key).join(', ') || 'the supervisor itself'
    terminal.complain(`still stopping: ${keys}; press Ctrl-C again to leave them running`)
  } else if (count > 2) {
    const keys = left.map(({ key, pid }) => (pid === undefined ? key : `${key} (pid ${pid})`))
    terminal.complain(`left running: ${keys.join(', ') || 'nothing'}`)
    process.exit(FORSAKEN_EXIT)
  }
}

/** One surface's forgotten promise, or a reader of stdout who went away, must not end all the others. */
function goOn(report: (message: string) => void): void {
  process.on('unhandledRejection', (thrown) => {
    report(`A fault that nobody handled, going on: ${stackOf(thrown)}`)
  })
  process.stdout.removeAllListeners('error').on('error', () => undefined)
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? messageOf(thrown)) : messageOf(thrown)
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
  const background = await startInBackground(context, names)
  if ('code' in background) return background.code
  const { pid } = background
  const { terminal, home } = context
  terminal.note(`supervisor ${pid} runs in the background; stop it with: b00t down`)
  await tellTrouble(context)
  await printWelcome(context, settings, pid)
  terminal.note(`State and logs: ${home.path}`)
  return 0
}

async function printWelcome(context: Context, settings: Settings, pid: number): Promise<void> {
  const { terminal, json } = context
  const lines = await welcomeLines(context, settings)
  if (json) terminal.printJson({ pid, welcome: lines })
  else for (const line of lines) terminal.print(line)
}
