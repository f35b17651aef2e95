import { refuse } from './refusal.ts'

/** A limited number of things, lent one at a time to whoever waited longest. */
export interface Seats<T> {
  /**
   * Waits for a free one.
   *
   * @throws a refusal with status 429 when as many are waiting as may, the signal's reason when aborted
   */
  take(signal: AbortSignal): Promise<T>
  /** Gives one back. */
  give(seat: T): void
}

/** Lends the given things; at most `queue` callers may wait for one. */
export function createSeats<T>(all: readonly T[], queue: number): Seats<T> {
  const free = [...all]
  const waiting: ((seat: T) => void)[] = []
  return {
    async take(signal) {
      signal.throwIfAborted()
      const seat = free.pop()
      if (seat !== undefined) return seat
      if (waiting.length >= queue) {
        throw refuse(
          `Cannot take the request: ${all.length} are being answered and ${waiting.length} are waiting`,
          { status: 429, code: 'queue_full' },
        )
      }
      return waitForSeat(waiting, signal)
    },
    give(seat) {
      const next = waiting.shift()
      if (next === undefined) free.push(seat)
      else next(seat)
    },
  }
}

function waitForSeat<T>(waiting: ((seat: T) => void)[], signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      waiting.splice(waiting.indexOf(enter), 1)
      reject(signal.reason)
    }
    const enter = (seat: T): void => {
      signal.removeEventListener('abort', leave)
      resolve(seat)
    }
    waiting.push(enter)
    signal.addEventListener('abort', leave, { once: true })
  })
}
