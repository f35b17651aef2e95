import { readdirSync, readFileSync } from 'node:fs'
import { MARKER_VARIABLE } from '../../core/process/identity.ts'

/** Processes that carry the marker of a surface's key, as far as the system tells. */
export function processesOf(key: string): number[] {
  const marker = `\0${MARKER_VARIABLE}=${key}:`
  const pids = process.platform === 'linux' ? readdirSync('/proc').map(Number) : []
  return pids.filter((pid) => Number.isInteger(pid) && environmentOf(pid).includes(marker))
}

/** Ends what a failed test left running, so that it disturbs no other. */
export function killProcessesOf(key: string): void {
  for (const pid of processesOf(key)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended in the meantime.
    }
  }
}

function environmentOf(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`
  } catch {
    return '' // Another user's process, or one that has just ended.
  }
}
