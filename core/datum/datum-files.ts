import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { messageOf, type Problem } from '../error.ts'
import { EXTENSIONS } from './identity.ts'

/** Folders deeper than this below a datum folder are not searched. */
export const DATUM_DEPTH = 10

const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  'node_modules',
  'target',
  'vendor',
  '_archive_',
])

/** Files that are TOML for another program; a datum folder is often the root of a checkout. */
const SKIPPED_FILES: ReadonlySet<string> = new Set([
  'bootstrap.toml',
  'git-cliff.toml',
  '_b00t_.toml',
  'Cargo.toml',
  'pyproject.toml',
  'rust-toolchain.toml',
  'rustfmt.toml',
  'clippy.toml',
  'taplo.toml',
  'tombi.toml',
  'mise.toml',
  'bunfig.toml',
])

/** Whether a path is named like a datum. */
export function isDatumName(path: string): boolean {
  return EXTENSIONS.includes(extname(path))
}

/** Whether a file or folder of this name is left out, because it is hidden or holds what programs made. */
export function isSkippedName(name: string): boolean {
  return name.startsWith('.') || SKIPPED_FOLDERS.has(name) || SKIPPED_FILES.has(name)
}

/**
 * Paths of the datum files below a folder, sorted. A folder that does not exist counts as empty.
 *
 * A link counts as what it leads to, and a folder reached twice is read once. A folder named like a datum is
 * returned like one, so that reading it reports it.
 *
 * @param problems - gets what is wrong with folders
 */
export function listDatumFiles(root: string, problems: Problem[] = []): string[] {
  const files: string[] = []
  const seen = new Set<string>()
  let level = [root]
  for (let depth = 0; depth <= DATUM_DEPTH && level.length > 0; depth++) {
    const paths = level.flatMap((folder) => readFolder(folder, seen, problems))
    files.push(...paths.filter(isDatumName))
    level = paths.filter((path) => !isDatumName(path))
  }
  return files.sort()
}

/** Paths of the datum files and of the folders to search in one folder. */
function readFolder(folder: string, seen: Set<string>, problems: Problem[]): string[] {
  try {
    const real = realpathSync(folder)
    if (seen.has(real)) return []
    seen.add(real)
    const entries = readdirSync(folder, { withFileTypes: true })
    return entries.filter((entry) => isWanted(entry, folder)).map(({ name }) => join(folder, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') problems.push(unreadable(folder, error))
    return []
  }
}

function isWanted(entry: Dirent, folder: string): boolean {
  const { name } = entry
  return !isSkippedName(name) && (isDatumName(name) || isFolder(entry, folder))
}

/** A link counts as what it leads to; one that leads nowhere, or round in a circle, is no folder. */
function isFolder(entry: Dirent, folder: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  try {
    return statSync(join(folder, entry.name)).isDirectory()
  } catch {
    return false
  }
}

function unreadable(folder: string, error: unknown): Problem {
  return {
    severity: 'error',
    code: 'DATUM_UNREADABLE',
    message: `Cannot read the folder: ${messageOf(error).split(',', 1)[0]}`,
    at: { file: folder },
    hint: 'Check that it is a folder and that you may read it.',
  }
}
