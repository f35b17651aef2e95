import type { FSWatcher } from 'chokidar'
import { messageOf } from '#core'
import { limitOf, watchFolders } from './folder-watch.ts'

/** Milliseconds between two looks where the system has no watches left. */
const FALLBACK_POLL_MS = 2000

/** Who is told what a {@link SteadyWatch} sees. */
export interface WatchListener {
  changed(path: string): void
  /** Nobody watched for a moment, so anything may have changed. */
  missed(): void
  /** Something a person should know. */
  note(message: string): void
  failed(error: unknown): void
}

/** Watches folders, and where the system has no watches left, looks at them from time to time instead. */
export class SteadyWatch {
  readonly #folders: readonly string[]
  readonly #signal: AbortSignal
  readonly #listener: WatchListener
  #watcher: FSWatcher | undefined
  #isClosed = false

  constructor(folders: readonly string[], signal: AbortSignal, listener: WatchListener) {
    this.#folders = folders
    this.#signal = signal
    this.#listener = listener
  }

  /**
   * Resolves once it sees changes.
   *
   * @param pollMs - milliseconds between two looks; without it the system tells
   * @throws B00tError `WATCHER_UNAVAILABLE`
   */
  async open(pollMs: number | undefined): Promise<void> {
    try {
      await this.#watch(pollMs)
    } catch (thrown) {
      await this.#poll(thrown, pollMs)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#watcher?.close()
  }

  async #watch(pollMs: number | undefined): Promise<void> {
    const watcher = await watchFolders({ folders: this.#folders, pollMs, signal: this.#signal })
    if (this.#isClosed) return await watcher.close()
    this.#watcher = watcher
    watcher.on('all', (_event, path) => this.#listener.changed(path))
    watcher.once('error', (error) => void this.#replace(error, pollMs))
  }

  async #poll(error: unknown, pollMs: number | undefined): Promise<void> {
    const limit = limitOf(error)
    if (pollMs !== undefined || limit === undefined) throw error
    const how = `looking every ${FALLBACK_POLL_MS / 1000} s instead`
    this.#listener.note(`${messageOf(error)}; ${how}, raise ${limit} to be told at once`)
    await this.#watch(FALLBACK_POLL_MS)
  }

  /** It failed while it ran. */
  async #replace(error: unknown, pollMs: number | undefined): Promise<void> {
    try {
      await this.#watcher?.close()
      await this.#poll(error, pollMs)
      this.#listener.missed()
    } catch (thrown) {
      if (!this.#signal.aborted && !this.#isClosed) this.#listener.failed(thrown)
    }
  }
}
