import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { listDatumFiles } from './datum-files.ts'

/** Remembers what the datum files held when it was last asked. */
export interface Fingerprint {
  /** Whether names or contents differ from the last time, at first from the making. */
  hasChanged(): boolean
}

/** No datum is larger, so nothing behind counts. */
const HASHED_BYTES = 1_048_576

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
  const lines = folders.flatMap(listDatumFiles).map((path) => `${path} ${describeFile(path)}`)
  return hash('sha256', lines.join('\n'))
}

function describeFile(path: string): string {
  try {
    const bytes = readFileSync(path)
    return `${bytes.length} ${hash('sha256', bytes.subarray(0, HASHED_BYTES))}`
  } catch {
    return 'unreadable'
  }
}
