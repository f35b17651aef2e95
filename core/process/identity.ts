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

/** Environment variable by which everything that a surface started can be found again. */
export const MARKER_VARIABLE = 'B00T_SURFACE'

const HAS_PROC = process.platform === 'linux'

/** This boot of the machine; constant on systems that do not tell. */
export function readBootId(): string {
  return HAS_PROC ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : 'unknown'
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

/** Live processes that belong to a session leader, or carry the marker in their environment. */
export function findMembers(leader: number, marker: string): number[] {
  // A negative number would mean a group, or everybody.
  if (!HAS_PROC) return leader > 0 && readStat(leader) ? [leader] : []
  return listPids().filter((pid) => {
    const stat = readStat(pid)
    if (!stat || !isAlive(stat) || pid === process.pid) return false
    return stat.session === leader || carries(pid, marker)
  })
}

function listPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0)
}

function carries(pid: number, marker: string): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
    return environment.split('\0').includes(`${MARKER_VARIABLE}=${marker}`)
  } catch {
    return false // Another user's process, or one that has just ended.
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
