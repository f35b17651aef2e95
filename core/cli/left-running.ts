import { B00tError } from '../error.ts'
import type { Leftover } from '../supervisor/entry.ts'

/** The error of an end after which something may still run. */
export function leftRunning(left: readonly Leftover[]): B00tError {
  const message = `The supervisor ended, but this may still run: ${left.map(describe).join(', ')}`
  return new B00tError('SUPERVISOR_LEFTOVER', message)
}

function describe({ key, state, pid, reason }: Leftover): string {
  const details = [state, pid === undefined ? '' : `pid ${pid}`, reason ?? ''].filter(Boolean)
  return `${key} (${details.join(', ')})`
}
