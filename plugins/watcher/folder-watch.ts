import { once } from 'node:events'
import { basename } from 'node:path'
import type { FSWatcher } from 'chokidar'
import { B00tError, DATUM_DEPTH, isSkippedName, messageOf } from '#core'

/** What a {@link watchFolders} watches, and how. */
export interface WatchOptions {
  readonly folders: readonly string[]
  /** Milliseconds between two looks; without it the system tells. */
  readonly pollMs?: number | undefined
  /** Ends the wait for the first look. */
  readonly signal: AbortSignal
}

/** The system settings that limit watches, by the code of the error they lead to. */
const LIMITS: Readonly<Record<string, string>> = {
  ENOSPC: 'fs.inotify.max_user_watches',
  EMFILE: 'fs.inotify.max_user_instances, or the number of open files,',
}

/** The system setting that must be raised where an error means that there are no more watches to be had. */
export function limitOf(error: unknown): string | undefined {
  const { code, cause } = error as NodeJS.ErrnoException
  return LIMITS[code ?? ''] ?? (cause === undefined ? undefined : limitOf(cause))
}

/**
 * Watches folders, not files: an editor replaces the file and its watch with it.
 *
 * @throws B00tError `WATCHER_UNAVAILABLE`
 */
export async function watchFolders(options: WatchOptions): Promise<FSWatcher> {
  const { folders, pollMs, signal } = options
  const { watch } = await import('chokidar')
  signal.throwIfAborted()
  const watcher = watch([...folders], {
    ignoreInitial: true,
    depth: DATUM_DEPTH,
    // The folders themselves may be hidden, or below one that is.
    ignored: (path) =>
      isSkippedName(basename(path)) && !folders.some((folder) => isWithin(folder, path)),
    ...(pollMs === undefined ? {} : { usePolling: true, interval: pollMs }),
  })
  watcher.on('error', () => undefined) // It tells one error per folder; the first is enough.
  try {
    await once(watcher, 'ready', { signal })
    return watcher
  } catch (cause) {
    await watcher.close()
    signal.throwIfAborted()
    const message = `Cannot watch ${folders.join(', ')}: ${messageOf(cause)}`
    throw new B00tError('WATCHER_UNAVAILABLE', message, { cause })
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
