import { hash } from 'node:crypto'
import { listDatumFiles, readBytes } from '#core'

/** Remembers what the datum files held when it was last asked. */
export interface Fingerprint {
  /** Whether names or contents differ from the last time, at first from the making. */
  hasChanged(): boolean
}

/** A fingerprint of every datum file below the folders: contents decide, not dates. */
export function createFingerprint(folders: readonly string[]): Fingerprint {
  let last = describeFiles(folders)
  return {
    hasChanged() {
      const now = describeFiles(folders)
      const changed = now !== last
      last = now
      return changed
    },
  }
}

function describeFiles(folders: readonly string[]): string {
  const files = folders.flatMap((folder) => listDatumFiles(folder))
  return hash('sha256', files.map((path) => `${path} ${describeFile(path)}`).join('\n'))
}

/** What cannot be read as a datum, such as a pipe or a file that is too large, counts as the reason for that. */
function describeFile(path: string): string {
  const bytes = readBytes(path)
  return Buffer.isBuffer(bytes) ? hash('sha256', bytes) : bytes.message
}
