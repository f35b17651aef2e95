import { appendFile, chmod } from 'node:fs/promises'
import { join } from 'node:path'

/** How a request ended. */
export type End =
  | 'ok'
  | 'client_abort'
  | 'upstream_error'
  | 'upstream_disconnect'
  | 'timeout'
  | 'rejected'

/** One line of `spotlight.jsonl`: counts and names, never content and never a key. */
export interface SpotlightRecord {
  /** RFC 3339, when the request arrived. */
  readonly ts: string
  readonly event: string
  readonly request_id: string
  readonly consumer: string | null
  readonly key_id: string | null
  readonly endpoint: string
  readonly model: string | null
  readonly backend: string | null
  /** What the client got; 499 if it left before an answer began. */
  readonly status: number
  readonly stream: boolean
  readonly latency_ms: number
  readonly ttft_ms: number | null
  readonly queue_ms: number
  readonly prompt_tokens: number | null
  readonly completion_tokens: number | null
  readonly bytes_in: number
  readonly bytes_out: number
  readonly end: End
}

/** Takes records and writes them behind the requests' back. */
export interface SpotlightWriter {
  push(record: SpotlightRecord): void
  /** Lines written, and lines lost to a full queue or a failed write. */
  counts(): { readonly written: number; readonly dropped: number }
  /** Resolves when everything pushed so far is written or given up. */
  flush(): Promise<void>
}

/** About 4 MB of lines; more than this means that the disk does not take them at all. */
const QUEUE_LINES = 10_000
/** One append per 20 ms instead of one per request. */
const BATCH_MS = 20

/** Where the telemetry of a home folder stands. */
export function spotlightFile(home: string): string {
  return join(home, 'spotlight.jsonl')
}

/** Opens the writer. A failed write loses its lines and nothing else; `onFailure` hears of the first in a row. */
export function createSpotlight(
  file: string,
  onFailure: (error: unknown) => void,
): SpotlightWriter {
  let queue: string[] = []
  let written = 0
  let dropped = 0
  let failing = false
  // A file of an older version may be open to others; where there is none, the first write makes it private.
  void chmod(file, 0o600).catch(() => undefined)
  let writing: Promise<void> | undefined

  async function write(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, BATCH_MS))
    while (queue.length > 0) {
      const lines = queue
      queue = []
      try {
        await appendFile(file, lines.join(''), { mode: 0o600 })
        written += lines.length
        failing = false
      } catch (error) {
        dropped += lines.length
        if (!failing) onFailure(error)
        failing = true
      }
    }
    writing = undefined
  }

  return {
    push(record) {
      if (queue.length >= QUEUE_LINES) {
        dropped++
        return
      }
      queue.push(`${JSON.stringify(record)}\n`)
      writing ??= write()
    },
    counts: () => ({ written, dropped }),
    flush: async () => writing,
  }
}

/** The event name of a route such as `/v1/chat/completions`. */
export function eventOf(endpoint: string): string {
  const [, , first = 'other', second] = endpoint.split('/')
  if (first === 'chat' && second === 'completions') return 'spotlight.llm.chat'
  return `spotlight.llm.${first === '*' || first === '' ? 'other' : first}`
}
