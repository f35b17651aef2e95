import { messageOf } from '../error.ts'
import type { MaintenanceAction } from '../surface/contract.ts'

/** What {@link Maintenance} looks at, and whom it tells. */
export interface MaintenancePorts {
  /** Fails where the surface gives no answer. */
  look(): Promise<MaintenanceAction>
  act(action: MaintenanceAction): void
  /** A look failed, but not often enough to act. */
  report(why: string): void
}

/** Failed looks in a row after which a surface counts as unhealthy. */
const STRIKES = 3

/** Looks at a running surface again and again, one look at a time. */
export class Maintenance {
  readonly #ports: MaintenancePorts
  #timer: NodeJS.Timeout | undefined
  #isLooking = false
  #strikes = 0

  constructor(ports: MaintenancePorts) {
    this.#ports = ports
  }

  /** @param everyMs - milliseconds from one look to the next */
  start(everyMs: number): void {
    this.stop()
    this.#timer = setInterval(() => void this.#look(), everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      this.#act(await this.#ports.look())
      this.#strikes = 0
    } catch (thrown) {
      this.#count(messageOf(thrown))
    } finally {
      this.#isLooking = false
    }
  }

  #count(why: string): void {
    this.#strikes += 1
    if (this.#strikes < STRIKES) {
      if (this.#timer) this.#ports.report(why)
      return
    }
    this.#strikes = 0
    const reason = `${STRIKES} looks in a row failed, the last one: ${why}`
    this.#act({ action: 'restart', reason })
  }

  /** What a look says that was under way when the looks ended is of no interest. */
  #act(action: MaintenanceAction): void {
    if (this.#timer) this.#ports.act(action)
  }
}
