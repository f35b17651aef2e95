import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { FSWatcher } from 'chokidar'
import { B00tError, type Exit, type Host, messageOf, type ProcessSurface } from '#core'
import type { WatcherTable } from './datum.gen.ts'
import { DEPTH, isDatumFile, isSkipped } from './datum-files.ts'
import { createFingerprint } from './fingerprint.ts'

/**
 * A surface inside the supervisor: watches folders, waits for quiet, and says `datums.changed` if the
 * contents differ from what they were. A file that is only touched changes nothing.
 */
export function createWatcherSurface(table: WatcherTable, host: Host): ProcessSurface {
  const debounceMs = table.debounce_ms ?? 150
  const fingerprint = createFingerprint(host.datumFolders)
  let watcher: FSWatcher | undefined
  let changed: AbortController | undefined
  let failed = Promise.withResolvers<Exit>()

  async function settle(): Promise<void> {
    changed?.abort()
    changed = new AbortController()
    try {
      await pause(debounceMs, undefined, { signal: changed.signal })
    } catch {
      return // Another change came in the meantime and waits in our place.
    }
    announce()
  }

  function announce(): void {
    if (fingerprint.hasChanged()) host.emit('datums.changed', { folders: [...host.datumFolders] })
  }

  return {
    requirements: () => [],
    async operate({ signal }) {
      failed = Promise.withResolvers<Exit>()
      watcher = await watchFolders(host.datumFolders, table, signal)
      watcher.on('all', (_event, path) => {
        if (isDatumFile(path)) void settle()
      })
      watcher.on('error', (error) => {
        host.emit('report', { message: `Cannot watch the datum folders: ${messageOf(error)}` })
        failed.resolve({ code: 1, signal: null })
      })
      // Something may have changed while nobody watched: before this start, or between a crash and it.
      announce()
      return { folders: [...host.datumFolders] }
    },
    exited: () => failed.promise,
    async terminate() {
      changed?.abort()
      await watcher?.close()
    },
  }
}

/** Folders are watched, not files: an editor replaces the file and its watch with it. */
async function watchFolders(
  folders: readonly string[],
  table: WatcherTable,
  signal: AbortSignal,
): Promise<FSWatcher> {
  const { watch } = await import('chokidar')
  const watcher = watch([...folders], {
    ignoreInitial: true,
    depth: DEPTH,
    // The folders themselves may be hidden, or below one that is.
    ignored: (path) => isSkipped(path) && !folders.some((folder) => isWithin(folder, path)),
    ...(table.poll_ms === undefined ? {} : { usePolling: true, interval: table.poll_ms }),
  })
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
