import { setTimeout as pause } from 'node:timers/promises'
import { type Exit, type Host, isDatumName, messageOf, type ProcessSurface } from '#core'
import type { WatcherTable } from './datum.gen.ts'
import { createFingerprint } from './fingerprint.ts'
import { SteadyWatch, type WatchListener } from './steady-watch.ts'

/**
 * A surface inside the supervisor: watches folders, waits for quiet, and says `datums.changed` if the
 * contents differ from what they were. A file that is only touched changes nothing.
 */
export function createWatcherSurface(table: WatcherTable, host: Host): ProcessSurface {
  const folders = host.datumFolders
  const fingerprint = createFingerprint(folders)
  const announce = () => {
    if (fingerprint.hasChanged()) host.emit('datums.changed', { folders: [...folders] })
  }
  const quiet = createDebounce(table.debounce_ms ?? 150, announce)
  let failed = Promise.withResolvers<Exit>()
  let watch: SteadyWatch | undefined
  const note = (message: string) => host.emit('report', { message })
  const listener: WatchListener = {
    changed: (path) => isDatumName(path) && void quiet.wait(),
    missed: announce,
    note,
    failed(error) {
      note(`Cannot watch the datum folders: ${messageOf(error)}`)
      failed.resolve({ code: 1, signal: null })
    },
  }
  return {
    requirements: () => [],
    async operate({ signal }) {
      failed = Promise.withResolvers<Exit>()
      watch = new SteadyWatch(folders, signal, listener)
      await watch.open(table.poll_ms)
      // Something may have changed while nobody watched: before this start, or between a crash and it.
      announce()
      return { folders: [...folders] }
    },
    exited: () => failed.promise,
    async terminate() {
      quiet.cancel()
      await watch?.close()
    },
  }
}

/** Calls `act` once `ms` milliseconds have passed since the last {@link Debounce.wait}. */
interface Debounce {
  wait(): Promise<void>
  cancel(): void
}

function createDebounce(ms: number, act: () => void): Debounce {
  let waiting: AbortController | undefined
  return {
    async wait() {
      waiting?.abort()
      waiting = new AbortController()
      try {
        await pause(ms, undefined, { signal: waiting.signal })
      } catch {
        return // Another change came in the meantime and waits in our place.
      }
      act()
    },
    cancel: () => waiting?.abort(),
  }
}
