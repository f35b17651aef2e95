import { readdirSync, readFileSync } from 'node:fs'

/** What tells a process from a later one that got the same pid. */
export type ProcessIdentity = {
  readonly pid: number
  /** Identifies the boot of the machine. */
  readonly bootId: string
  /** Kernel start time in clock ticks since boot; 0 where the system does not tell. */
  readonly startTicks: number
}

/** One line of the process table. */
interface ProcessStat {
  readonly pid: number
  readonly state: string
  readonly session: number
  /** A leader whose other threads are still ending is a zombie already, but its ports are not free yet. */
  readonly threads: number
  readonly startTicks: number
}

/** A live process, and what tells to which surface it belongs. */
export interface Member {
  readonly pid: number
  readonly session: number
  readonly marker: string | undefined
}

/** Environment variable by which everything that a surface started can be found again. */
export const MARKER_VARIABLE = 'B00T_SURFACE'

/** Whether the system lets us read its process table. */
export const HAS_PROC: boolean = process.platform === 'linux'

let bootId: string | undefined

/** This boot of the machine; constant on systems that do not tell. */
export function readBootId(): string {
  bootId ??= HAS_PROC ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : 'unknown'
  return bootId
}

/** The identity of a process that lives now, or `undefined`. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid)
  return stat && isAlive(stat)
    ? { pid, bootId: readBootId(), startTicks: stat.startTicks }
    : undefined
}

/** Whether the very process of this identity still lives. A zombie does not. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid)
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId
}

/** Every live process but this one, with its session and marker; it costs 11 ms at 90 processes. */
export function scanProcesses(): Member[] {
  if (!HAS_PROC) return []
  return listPids().flatMap((pid) => {
    const stat = pid === process.pid ? undefined : readStat(pid)
    if (!stat || !isAlive(stat)) return []
    return [{ pid, session: stat.session, marker: readMarker(pid) }]
  })
}

function listPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0)
}

function readMarker(pid: number): string | undefined {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    const prefix = `${MARKER_VARIABLE}=`
    return variables.find((variable) => variable.startsWith(prefix))?.slice(prefix.length)
  } catch {
    return undefined // Another user's process, or one that has just ended.
  }
}

function isAlive(stat: ProcessStat): boolean {
  return stat.state !== 'X' && (stat.state !== 'Z' || stat.threads > 1)
}

function readStat(pid: number): ProcessStat | undefined {
  return HAS_PROC ? readLinuxStat(pid) : probe(pid)
}

function readLinuxStat(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name is in brackets and may itself hold brackets and blanks.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return {
      pid,
      state: fields[0] ?? 'X',
      session: Number(fields[3]),
      threads: Number(fields[17]),
      startTicks: Number(fields[19]),
    }
  } catch {
    return undefined
  }
}

function probe(pid: number): ProcessStat | undefined {
  try {
    process.kill(pid, 0)
    return { pid, state: 'R', session: pid, threads: 1, startTicks: 0 }
  } catch {
    return undefined
  }
}
