import { type BigIntStats, readFileSync, statSync } from 'node:fs'
import type { B00tError } from '#core'

/** What a watched file is read into. */
export interface FileReading<T> {
  readonly path: string
  /** Looks at an existing file before it is read; throws a {@link B00tError} where it must not be. */
  check?(stats: BigIntStats): void
  /** Throws a {@link B00tError} on a text it refuses; gets none where there is no file. */
  parse(text: string | undefined): T
  /** Called once for each new problem, and with `undefined` when the file is good again. */
  onProblem?(problem: B00tError | undefined): void
}

/** A file whose newest good content is always at hand, without timers. */
export interface WatchedFile<T> {
  /** The newest good content; looks at the file again if the last look is older than 25 ms. */
  current(): T
  /** Why the file as it is now is not in use. */
  problem(): B00tError | undefined
}

/** A look costs about 5 µs, so one per 25 ms is free, and a change counts well within 100 ms. */
const LOOK_INTERVAL_MS = 25
/** Two writes within one tick of the file system's clock look alike; a file this young is read again. */
const SETTLED_MS = 50

/**
 * Reads a file now and again whenever it has changed.
 *
 * A damaged file never replaces good content: the last good one stays and the problem is reported once.
 *
 * @throws what `parse` throws, if the first reading fails
 */
export function watchFile<T>(reading: FileReading<T>): WatchedFile<T> {
  let look = lookAt(reading.path)
  let content = readContent(reading, look.stats)
  let lookedAt = performance.now()
  let problem: B00tError | undefined

  function reload(next: Look): void {
    look = next
    try {
      content = readContent(reading, next.stats)
      if (problem !== undefined) reading.onProblem?.(undefined)
      problem = undefined
    } catch (error) {
      const failure = error as B00tError
      if (failure.message !== problem?.message) reading.onProblem?.(failure)
      problem = failure
    }
  }

  return {
    current() {
      const now = performance.now()
      if (now - lookedAt < LOOK_INTERVAL_MS) return content
      lookedAt = now
      const next = lookAt(reading.path)
      if (next.identity !== look.identity || !look.settled) reload(next)
      return content
    },
    problem: () => problem,
  }
}

interface Look {
  readonly identity: string
  readonly stats: BigIntStats | undefined
  readonly settled: boolean
}

function lookAt(path: string): Look {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stats === undefined) return { identity: 'missing', stats, settled: true }
  const identity = [stats.mtimeNs, stats.ctimeNs, stats.size, stats.ino].join(':')
  return { identity, stats, settled: Date.now() - Number(stats.ctimeMs) > SETTLED_MS }
}

function readContent<T>(reading: FileReading<T>, stats: BigIntStats | undefined): T {
  if (stats === undefined) return reading.parse(undefined)
  reading.check?.(stats)
  return reading.parse(readFileSync(reading.path, 'utf8'))
}
