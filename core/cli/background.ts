import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { B00tError, messageOf } from '../error.ts'
import { PRIVATE_FILE } from '../file.ts'
import { logSize, readRange } from '../process/log-file.ts'
import { askSupervisor } from '../supervisor/client.ts'
import { type Home, prepareHome } from '../supervisor/home.ts'
import { readIdentity, refuseWhileHeld } from '../supervisor/lock.ts'
import type { SurfaceStatus } from '../supervisor/status.ts'
import type { Context } from './context.ts'

const LAUNCHER = fileURLToPath(new URL('./b00t.mjs', import.meta.url))
/** States in which a surface does not move on by itself. */
const UNSETTLED = ['starting', 'stopping']
const SHOWN_BYTES = 64 * 1024

/** How a supervisor in the background came up: with a pid, or with the exit code it failed with. */
export type Background = { readonly pid: number } | { readonly code: number }

/**
 * Starts a supervisor in the background and waits until its first surfaces have settled. Where it fails, what it
 * said is printed.
 *
 * @throws B00tError `SUPERVISOR_RUNNING`, or `INTERNAL` where it cannot be started or was killed
 */
export async function startInBackground(
  { home: located, terminal }: Context,
  names: readonly string[],
): Promise<Background> {
  const home = prepareHome(located)
  await refuseWhileHeld(home) // The log of one that runs is not ours to write to.
  const from = logSize(home.upLog)
  const child = launchDetached(home, names)
  const failure = failureOf(child)
  while (!(await isUp(home, child.pid))) {
    const failed = failure()
    if (failed !== undefined) {
      terminal.complain(readRange(home.upLog, from, from + SHOWN_BYTES).trimEnd())
      return { code: failed || 1 }
    }
    await pause(50)
  }
  return { pid: child.pid ?? 0 }
}

function launchDetached(home: Home, names: readonly string[]): ChildProcess {
  const log = openSync(home.upLog, 'a', PRIVATE_FILE)
  try {
    const child = spawn(process.execPath, [LAUNCHER, 'up', '--no-welcome', ...names], {
      detached: true,
      stdio: ['ignore', log, log],
      // Whoever waits for this command to end, npm included, does not wait for the supervisor.
      env: { ...process.env, npm_lifecycle_event: undefined },
    })
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

/** Tells the exit code of a child that has ended, and throws where there is none. */
function failureOf(child: ChildProcess): () => number | undefined {
  let error: Error | undefined
  child.once('error', (thrown) => {
    error = thrown
  })
  return () => {
    if (error) {
      const message = `Cannot start the supervisor: ${messageOf(error)}`
      throw new B00tError('INTERNAL', message, { cause: error })
    }
    if (child.signalCode !== null) {
      throw new B00tError('INTERNAL', `The supervisor was ended by ${child.signalCode}`, {
        hint: 'See whether the machine has run out of memory, then try again.',
      })
    }
    return child.exitCode ?? undefined
  }
}

async function isUp(home: Home, pid: number | undefined): Promise<boolean> {
  if (pid === undefined || readIdentity(home)?.pid !== pid) return false
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
