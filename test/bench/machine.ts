import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'

/** Clock ticks per second in `/proc`; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** Processor time that everybody and that we have used so far, in clock ticks. */
export interface Ticks {
  readonly everybody: number
  readonly ours: number
  /** `performance.now()` of the look, milliseconds. */
  readonly at: number
}

/** Busy ticks of all cores, out of the text of `/proc/stat`. Pure. */
export function parseBusyTicks(stat: string): number {
  const [, ...fields] = (stat.split('\n', 1)[0] ?? '').split(/\s+/)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields.map(Number)
  return user + nice + system + irq + softirq + steal
}

/** Ticks of a process and of its children that have ended, out of the text of `/proc/<pid>/stat`. Pure. */
export function parseProcessTicks(stat: string): number {
  // The name in brackets may hold anything, also spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
}

/** Processor time of all children of this process that have ended, in milliseconds, to 10 ms. */
export function readChildrenTime(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND) * 1000
}

/** Cores that others kept busy between two looks: 0.3 is 30 % of one core. Pure. */
export function foreignCores(before: Ticks, after: Ticks): number {
  const foreign = after.everybody - before.everybody - (after.ours - before.ours)
  const seconds = (after.at - before.at) / 1000
  return Math.max(0, foreign / TICKS_PER_SECOND / seconds)
}

/** Looks at the clock ticks of the machine, of this process and of its living children. */
export function readTicks(children: readonly number[]): Ticks {
  const ours = [process.pid, ...children].map(
    (pid) => parseProcessTicks(readFileSync(`/proc/${pid}/stat`, 'utf8')) || 0,
  )
  return {
    everybody: parseBusyTicks(readFileSync('/proc/stat', 'utf8')),
    ours: ours.reduce((sum, ticks) => sum + ticks, 0),
    at: performance.now(),
  }
}

/**
 * Processor time of a process with all its threads, in microseconds.
 *
 * `schedstat` counts nanoseconds; the ticks of `stat` would be 10 % of what nginx uses in one window.
 */
export function readProcessorTime(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0]),
  )
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1000
}

/** Memory of a process that is in RAM, in MiB. */
export function readMemory(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

/** One line about the machine that figures were taken on. */
export function describeMachine(): string {
  const load = loadavg().map((value) => value.toFixed(2))
  return `${availableParallelism()} cores, Node ${process.versions.node}, load average before ${load.join(' ')}`
}
