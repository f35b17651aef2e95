import { messageOf } from '../error.ts'

/** What is to be written, and when it happened. */
interface Waiting {
  readonly data: object
  readonly at: Date
}

type Report = (message: string) => void

const RETRY_EVERY_MS = 5000

/**
 * Keeps records that cannot be written now, e.g. because the disk is full, in their order.
 *
 * They are tried again before the next one, every 5 seconds and at the end. The first failure is told, and
 * then how many were added late or lost.
 */
export class Backlog {
  readonly #write: (data: object, at: Date) => void
  #waiting: Waiting[] = []
  #late = 0
  #retry: NodeJS.Timeout | undefined
  #report: Report = () => undefined

  /** @param write - throws while it cannot write */
  constructor(write: (data: object, at: Date) => void) {
    this.#write = write
  }

  /** Writes what waits and then this, as far as possible. Never throws. */
  add(data: object, at: Date, report: Report): void {
    this.#report = report
    this.#waiting.push({ data, at })
    this.#flush()
  }

  /** Tries for the last time; what cannot be written is told in full. */
  close(): void {
    if (this.#waiting.length > 0) this.#flush()
    clearInterval(this.#retry)
    this.#retry = undefined
    const lost = this.#waiting.map(({ data, at }) => JSON.stringify({ at, ...data }))
    this.#waiting = []
    if (lost.length > 0) this.#report(`Lost ${count(lost.length)}: ${lost.join(' ')}`)
  }

  #flush(): void {
    try {
      for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
        this.#write(next.data, next.at)
        this.#waiting.shift()
        if (this.#retry) this.#late += 1
      }
    } catch (thrown) {
      this.#wait(thrown)
      return
    }
    if (this.#retry) this.#report(`The journal can be written again: added ${count(this.#late)}`)
    clearInterval(this.#retry)
    this.#retry = undefined
    this.#late = 0
  }

  #wait(cause: unknown): void {
    if (this.#retry) return
    const record = JSON.stringify(this.#waiting[0]?.data)
    this.#report(`Cannot write the audit record ${record} yet: ${messageOf(cause)}`)
    this.#retry = setInterval(() => this.#flush(), RETRY_EVERY_MS).unref()
  }
}

function count(records: number): string {
  return records === 1 ? '1 audit record' : `${records} audit records`
}
