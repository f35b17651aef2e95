import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateFolder, writeFileAtomically } from '../file.ts'
import { isStoredSurface, type StoredSurface } from './stored-surface.ts'

/** A file that tells no more than whose it is: what it was about may still be running. */
export interface DamagedRecord {
  readonly key: string
  readonly damaged: true
}

/** Keeps {@link StoredSurface} files in a folder, each replaced as a whole. */
export interface SurfaceStore {
  save(surface: StoredSurface): void
  remove(key: string): void
  load(key: string): StoredSurface | DamagedRecord | undefined
  loadAll(): (StoredSurface | DamagedRecord)[]
}

/** A store in `folder`. A file that cannot be read or makes no sense stays until its key is removed. */
export function createSurfaceStore(folder: string): SurfaceStore {
  makePrivateFolder(folder)
  const pathOf = (key: string) => join(folder, `${encodeURIComponent(key)}.json`)
  const load = (key: string) => parse(pathOf(key), key)
  return {
    // A power cut ends every surface anyway, so the file need not survive one.
    save: (surface) => writeFileAtomically(pathOf(surface.key), JSON.stringify(surface), 'process'),
    remove: (key) => rmSync(pathOf(key), { force: true }),
    load,
    loadAll: () =>
      readdirSync(folder)
        .flatMap(keyOf)
        .map(load)
        .filter((surface) => surface !== undefined),
  }
}

/** The key a file is named after; none where we cannot have named it. */
function keyOf(name: string): string[] {
  try {
    const key = decodeURIComponent(name.replace(/\.json$/, ''))
    return `${encodeURIComponent(key)}.json` === name ? [key] : []
  } catch {
    return []
  }
}

function parse(path: string, key: string): StoredSurface | DamagedRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (isStoredSurface(value) && value.key === key) return value
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
  }
  return { key, damaged: true }
}
