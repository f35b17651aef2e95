import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Remembers what the datum files held when it was last asked. */
export interface Fingerprint {
  /** Whether names or contents differ from the last time. */
  hasChanged(): boolean
}

const DATUM_FILE = /\.(toml|tomllm|tomllmd)$/
const HASHED_BYTES = 1_048_576

/** A fingerprint of every datum file below the folders: contents decide, not dates. */
export function createFingerprint(folders: readonly string[]): Fingerprint {
  let last = ''
  return {
    hasChanged() {
      const now = hash('sha256', folders.flatMap(describeFolder).join('\n'))
      const changed = now !== last
      last = now
      return changed
    },
  }
}

function describeFolder(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => DATUM_FILE.test(name) && !/(^|\/)(\.|node_modules\/)/.test(name))
      .sort()
      .map((name) => `${join(folder, name)} ${describeFile(join(folder, name))}`)
  } catch {
    return [] // Not there, or not ours to read: like an empty folder.
  }
}

function describeFile(path: string): string {
  try {
    const bytes = readFileSync(path)
    return hash('sha256', bytes.subarray(0, HASHED_BYTES))
  } catch {
    return 'unreadable'
  }
}
