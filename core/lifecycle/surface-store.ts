import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makePrivateFolder, writeFileAtomically } from '../file.ts'
import type { Handle } from '../surface/contract.ts'
import type { Lifecycle } from './state.ts'

/** What must be known after the supervisor's death, one file per surface. */
export interface StoredSurface {
  readonly key: string
  /** The boot in which the monotonic times of `lifecycle` count. */
  readonly bootId: string
  readonly lifecycle: Lifecycle
  readonly handle?: Handle
  /** Size of the log file when the live generation was started, in bytes. */
  readonly logOffset?: number
}

/** Keeps {@link StoredSurface} files in a folder, each replaced as a whole. */
export interface SurfaceStore {
  save(surface: StoredSurface): void
  remove(key: string): void
  load(key: string): StoredSurface | undefined
  loadAll(): StoredSurface[]
}

/** A store in `folder`. A file that cannot be read is dropped: the datums are the desired state. */
export function createSurfaceStore(folder: string): SurfaceStore {
  makePrivateFolder(folder)
  const pathOf = (key: string) => join(folder, `${encodeURIComponent(key)}.json`)
  return {
    // A power cut ends every surface anyway, so the file need not survive one.
    save: (surface) => writeFileAtomically(pathOf(surface.key), JSON.stringify(surface), 'process'),
    remove: (key) => rmSync(pathOf(key), { force: true }),
    load: (key) => parse(pathOf(key)),
    loadAll: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => parse(join(folder, name)))
        .filter((surface) => surface !== undefined),
  }
}

function parse(path: string): StoredSurface | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StoredSurface
  } catch {
    return undefined
  }
}
