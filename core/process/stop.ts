import { setTimeout as pause } from 'node:timers/promises'
import { B00tError } from '../error.ts'
import type { Run } from '../surface/contract.ts'
import { HAS_PROC, identify, isSameProcess, readBootId } from './identity.ts'
import { generationOf, type Launched } from './launch.ts'
import { readProcessTable } from './process-table.ts'

/** How a process is asked to end. */
export interface StopLadder {
  readonly signal: NodeJS.Signals
  /** Milliseconds between the signal and the kill. */
  readonly graceMs: number
}

interface Wait {
  readonly withinMs: number
  /** Sent again to what has appeared since. */
  readonly signal?: NodeJS.Signals
}

/** Pauses between two looks: short for what obeys at once, longer for what takes its time. */
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 200
const PAUSE_GROWTH = 1.5
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
  signalAll(await members(launched), ladder.signal)
  if (await isEmpty(launched, { withinMs: ladder.graceMs })) return
  signalAll(await members(launched), 'SIGKILL')
  if (await isEmpty(launched, { withinMs: KILL_WAIT_MS, signal: 'SIGKILL' })) return
  const left = (await members(launched)).join(', ')
  throw new B00tError('SURFACE_STATE', `Cannot stop: process ${left} is still there after SIGKILL`)
}

/** Like {@link stopProcess}, for whatever carries a marker: its leader's pid was never written down. */
export async function stopMarked(marker: string, ladder: StopLadder): Promise<void> {
  const leader = { pid: NO_SESSION, bootId: readBootId(), startTicks: -1 }
  await stopProcess({ ...leader, marker }, ladder)
}

/**
 * Like {@link stopMarked}, for every generation of a surface: which one ran is not known any more.
 *
 * @returns the generations of which something was found, lowest first
 */
export async function stopEveryGeneration(
  run: Pick<Run, 'key' | 'logFile'>,
  ladder: StopLadder,
): Promise<number[]> {
  const found = new Map<number, string>()
  for (const { marker } of await readProcessTable()) {
    const generation = marker === undefined ? undefined : generationOf(marker, run)
    if (marker !== undefined && generation !== undefined) found.set(generation, marker)
  }
  await Promise.all([...found.values()].map((marker) => stopMarked(marker, ladder)))
  return [...found.keys()].sort((a, b) => a - b)
}

/**
 * The live processes of a launch: its session, and whatever carries its marker.
 *
 * The kernel does not give a pid away again while a session of that number exists. So a stranger with
 * our leader's pid means that our session is empty, and its number must not be used.
 */
async function members(launched: Launched): Promise<number[]> {
  if (launched.bootId !== readBootId()) return []
  if (!HAS_PROC) return isSameProcess(launched) ? [launched.pid] : []
  const table = await readProcessTable()
  const holder = identify(launched.pid)
  const taken = holder !== undefined && holder.startTicks !== launched.startTicks
  const session = taken ? NO_SESSION : launched.pid
  return table
    .filter((member) => member.session === session || member.marker === launched.marker)
    .map(({ pid }) => pid)
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended in the meantime.
    }
  }
}

/** The whole process table is read only once the leader has gone. */
async function isEmpty(launched: Launched, { signal, withinMs }: Wait): Promise<boolean> {
  const deadline = performance.now() + withinMs
  let waitMs = FIRST_PAUSE_MS
  for (;;) {
    if (!isSameProcess(launched)) {
      const left = await members(launched)
      if (left.length === 0) return true
      if (signal) signalAll(left, signal)
    }
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) return false
    await pause(Math.min(waitMs, leftMs))
    waitMs = Math.min(LONGEST_PAUSE_MS, waitMs * PAUSE_GROWTH)
  }
}
