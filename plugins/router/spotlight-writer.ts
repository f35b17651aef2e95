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
  const isWritten = createAppender({ file, maxBytes, onFailure })
  let queue: string[] = []
  let writing: Promise<void> | undefined
  // A file of an older version may be open to others; where there is none, the first write makes it private.
  void chmod(file, 0o600).catch(() => undefined)

  async function write(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, BATCH_MS))
    while (queue.length > 0) {
      const lines = queue
      queue = []
      counts[(await isWritten(lines)) ? 'written' : 'dropped'] += lines.length
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

/** Appends lines and says whether it could. */
function createAppender(setup: {
  readonly file: string
  readonly maxBytes: number
  readonly onFailure: (error: unknown) => void
}): (lines: readonly string[]) => Promise<boolean> {
  const { file, maxBytes, onFailure } = setup
  let failing = false
  return async (lines) => {
    try {
      const text = lines.join('')
      await makeRoom(file, maxBytes - text.length)
      await appendFile(file, text, { mode: 0o600 })
      failing = false
    } catch (error) {
      if (!failing) onFailure(error)
      failing = true
    }
    return !failing
  }
}

async function makeRoom(file: string, mostBytes: number): Promise<void> {
  const size = (await stat(file).catch(() => undefined))?.size ?? 0
  if (size > 0 && size > mostBytes) await rename(file, olderSpotlightFile(file))
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
