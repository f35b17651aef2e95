import { appendFile, chmod, rename, stat } from 'node:fs/promises'
import { olderSpotlightFile, type SpotlightRecord } from './spotlight.ts'

/** Takes records and writes them behind the requests' back. */
export interface SpotlightWriter {
  push(record: SpotlightRecord): void
  counts(): SpotlightCounts
  /** Resolves when everything pushed so far is written or given up. */
  flush(): Promise<void>
}

/** What became of the records. */
export interface SpotlightCounts {
  readonly written: number
  /** Lost to a full queue or a failed write. */
  readonly dropped: number
  /** Left out because too many requests without a valid key came within a minute. */
  readonly suppressed: number
}

/** About 4 MB of lines; more than this means that the disk does not take them at all. */
const QUEUE_LINES = 10_000
/** One append per 20 ms instead of one per request. */
const BATCH_MS = 20
/** Lines of a file; then it moves aside and a new one begins. */
const FILE_BYTES = 64 * 1024 * 1024
/** Anybody on this machine can be refused as often as he likes; his lines must not fill the disk. */
const KEYLESS_PER_MINUTE = 60

/**
 * Opens the writer. A failed write loses its lines and nothing else; `onFailure` hears of the first in a row.
 *
 * @param maxBytes - size beyond which the file moves to {@link olderSpotlightFile} and takes the place of that
 */
export function createSpotlight(
  file: string,
  onFailure: (error: unknown) => void,
  maxBytes: number = FILE_BYTES,
): SpotlightWriter {
  const counts = { written: 0, dropped: 0, suppressed: 0 }
  const mayBeKeyless = createAllowance(KEYLESS_PER_MINUTE)
  let queue: string[] = []
  let failing = false
  let writing: Promise<void> | undefined
  // A file of an older version may be open to others; where there is none, the first write makes it private.
  void chmod(file, 0o600).catch(() => undefined)

  async function write(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, BATCH_MS))
    while (queue.length > 0) {
      const lines = queue
      queue = []
      try {
        await append(file, lines.join(''), maxBytes)
        counts.written += lines.length
        failing = false
      } catch (error) {
        counts.dropped += lines.length
        if (!failing) onFailure(error)
        failing = true
      }
    }
    writing = undefined
  }

  return {
    push(record) {
      if (record.key_id === null && !mayBeKeyless()) counts.suppressed++
      else if (queue.length >= QUEUE_LINES) counts.dropped++
      else {
        queue.push(`${JSON.stringify(record)}\n`)
        writing ??= write()
      }
    },
    counts: () => ({ ...counts }),
    flush: async () => writing,
  }
}

async function append(file: string, text: string, maxBytes: number): Promise<void> {
  const stats = await stat(file).catch(() => undefined)
  if (stats !== undefined && stats.size > 0 && stats.size + text.length > maxBytes) {
    await rename(file, olderSpotlightFile(file))
  }
  await appendFile(file, text, { mode: 0o600 })
}

/** Says yes so many times a minute. */
function createAllowance(perMinute: number): () => boolean {
  let begun = Number.NEGATIVE_INFINITY
  let used = 0
  return () => {
    const now = performance.now()
    if (now - begun >= 60_000) {
      begun = now
      used = 0
    }
    used++
    return used <= perMinute
  }
}
