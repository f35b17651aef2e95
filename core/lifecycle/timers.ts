import type { TimerName } from './state.ts'

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** The timers of one surface, one of each name. */
export class Timers {
  readonly #running = new Map<TimerName, NodeJS.Timeout>()

  /** Arms a timer, in place of the one of this name. */
  arm(name: TimerName, ms: number, fire: () => void): void {
    clearTimeout(this.#running.get(name))
    this.#running.set(name, setTimeout(fire, Math.min(ms, LONGEST_TIMEOUT_MS)))
  }

  clear(): void {
    for (const timer of this.#running.values()) clearTimeout(timer)
    this.#running.clear()
  }
}
