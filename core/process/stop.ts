import { setTimeout as pause } from 'node:timers/promises'
import { B00tError } from '../error.ts'
import { findMembers, identify, isSameProcess, readBootId } from './identity.ts'
import type { Launched } from './launch.ts'

/** How a process is asked to end. */
export interface StopLadder {
  readonly signal: NodeJS.Signals
  /** Milliseconds between the signal and the kill. */
  readonly graceMs: number
}

const LOOK_EVERY_MS = 20
/** A killed process leaves the table as soon as the kernel runs it once more. */
const KILL_WAIT_MS = 10_000
const NO_SESSION = -1

/**
 * Ends a process and everything of its session or with its marker: signal, grace, kill.
 *
 * A pid that another process took over is never signalled. Stopping twice changes nothing.
 *
 * @throws B00tError `SURFACE_STATE` when something is left after the kill
 */
export async function stopProcess(launched: Launched, ladder: StopLadder): Promise<void> {
  signalMembers(launched, ladder.signal)
  if (await isEmpty(launched, ladder.graceMs)) return
  signalMembers(launched, 'SIGKILL')
  if (await isEmpty(launched, KILL_WAIT_MS)) return
  const left = members(launched).join(', ')
  throw new B00tError('SURFACE_STATE', `Cannot stop: process ${left} is still there after SIGKILL`)
}

/** Like {@link stopProcess}, for whatever carries a marker: its leader's pid was never written down. */
export async function stopMarked(marker: string, ladder: StopLadder): Promise<void> {
  const leader = { pid: NO_SESSION, bootId: readBootId(), startTicks: -1 }
  await stopProcess({ ...leader, marker }, ladder)
}

/**
 * The live processes of a launch: its session, and whatever carries its marker.
 *
 * The kernel does not give a pid away again while a session of that number exists. So a stranger with
 * our leader's pid means that our session is empty, and its number must not be used.
 */
function members(launched: Launched): number[] {
  if (launched.bootId !== readBootId()) return []
  const holder = identify(launched.pid)
  const taken = holder !== undefined && holder.startTicks !== launched.startTicks
  return findMembers(taken ? NO_SESSION : launched.pid, launched.marker)
}

function signalMembers(launched: Launched, signal: NodeJS.Signals): void {
  for (const pid of members(launched)) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended in the meantime.
    }
  }
}

/** The whole process table is read only once the leader has gone: a look costs 9 ms at 150 processes. */
async function isEmpty(launched: Launched, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (isSameProcess(launched) || members(launched).length > 0) {
    if (performance.now() >= deadline) return false
    await pause(LOOK_EVERY_MS)
  }
  return true
}
