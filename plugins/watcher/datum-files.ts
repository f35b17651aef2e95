import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Folders deeper than this below a datum folder are not searched. */
export const DEPTH = 10

const DATUM_FILE = /\.(toml|tomllm|tomllmd)$/
const SKIPPED: readonly string[] = ['node_modules', 'target', 'vendor', '_archive_']

/** Whether a path is named like a datum. */
export function isDatumFile(path: string): boolean {
  return DATUM_FILE.test(path)
}

/** Whether core leaves out what is at a path, because it is hidden or holds what programs made. */
export function isSkipped(path: string): boolean {
  const name = basename(path)
  return name.startsWith('.') || SKIPPED.includes(name)
}

/**
 * Paths of the datum files below a folder, sorted; the same that core reads.
 *
 * A link counts as what it leads to, and a folder reached twice is read once. A folder that is not there is empty.
 */
export function listDatumFiles(root: string): string[] {
  const files: string[] = []
  const seen = new Set<string>()
  let level = [root]
  for (let depth = 0; depth <= DEPTH && level.length > 0; depth++) {
    const entries = level.flatMap((folder) => readFolder(folder, seen))
    files.push(...entries.filter(({ path }) => isDatumFile(path)).map(({ path }) => path))
    level = entries.filter(({ isFolder }) => isFolder).map(({ path }) => path)
  }
  return files.sort()
}

function readFolder(folder: string, seen: Set<string>): { path: string; isFolder: boolean }[] {
  try {
    const real = realpathSync(folder)
    if (seen.has(real)) return []
    seen.add(real)
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !isSkipped(name))
      .map((entry) => ({ path: join(folder, entry.name), isFolder: isFolder(entry, folder) }))
  } catch {
    return [] // Not there, or not ours to read: like an empty folder.
  }
}

function isFolder(entry: Dirent, folder: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  const path = join(folder, entry.name)
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // It leads nowhere, or round in a circle.
  }
}
