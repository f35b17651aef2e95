import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { cosmiconfig } from 'cosmiconfig'
import { parse } from 'smol-toml'
import { B00tError, messageOf } from '../error.ts'
import { parseRole, type Role } from '../governance/role.ts'
import type { Home } from './home.ts'

/** What a settings file may say; see the README for the places it is found in. */
export interface Settings {
  /** Datum folders, absolute, earlier ones win. */
  readonly datums: readonly string[]
  /** Whether the settings file names the datum folders; then each of them should be there. */
  readonly namesDatums?: boolean
  /** Plugin folders, absolute. */
  readonly plugins: readonly string[]
  /** Role of whoever may open the supervisor's socket. */
  readonly role: Role
  /** The file the settings came from. */
  readonly file?: string
}

/** The checkout, or wherever this package was installed. */
export const PACKAGE_FOLDER: string = fileURLToPath(new URL('../../', import.meta.url))

const SEARCH_PLACES = [
  'b00t.config.ts',
  'b00t.config.js',
  'b00t.config.json',
  '.b00trc.toml',
  'package.json',
]
const KEYS = ['datums', 'plugins', 'role']

/**
 * Reads the settings that hold for a working folder; without a file the defaults.
 *
 * @throws B00tError `SETTINGS_INVALID`
 */
export async function loadSettings(cwd: string, home: Home): Promise<Settings> {
  const found = await search(cwd)
  const written = found ? checkShape(found.config, found.filepath) : {}
  const base = found ? dirname(found.filepath) : cwd
  const absolute = (paths: readonly string[]) => unique(paths.map((path) => resolve(base, path)))
  return {
    datums: written.datums ? absolute(written.datums) : defaultFolders(cwd, home),
    namesDatums: written.datums !== undefined,
    plugins: unique([
      join(PACKAGE_FOLDER, 'plugins'),
      ...(written.plugins ?? []).map((name) => locatePlugins(name, base, found?.filepath ?? base)),
    ]),
    role: written.role ?? 'operator',
    ...(found ? { file: found.filepath } : {}),
  }
}

/** A folder beside the settings, or else an installed package of that name. */
function locatePlugins(name: string, base: string, file: string): string {
  const places = [resolve(base, name), resolve(base, 'node_modules', name)]
  const place = places.find((path) => existsSync(path))
  if (place) return place
  const what = `plugins names "${name}", which is neither a folder nor an installed package`
  throw refuse(file, what, 'Correct the path, or install the package.')
}

interface Written {
  readonly datums?: string[]
  readonly plugins?: string[]
  readonly role?: Role
}

async function search(cwd: string): Promise<{ config: unknown; filepath: string } | null> {
  const explorer = cosmiconfig('b00t', {
    searchPlaces: SEARCH_PLACES,
    searchStrategy: 'project',
    loaders: {
      '.toml': (_path, text) => parse(text),
      '.ts': importDefault,
      '.js': importDefault,
    },
  })
  try {
    return await explorer.search(cwd)
  } catch (thrown) {
    throw new B00tError('SETTINGS_INVALID', `Cannot read the settings: ${messageOf(thrown)}`, {
      cause: thrown,
    })
  }
}

async function importDefault(path: string): Promise<object | null> {
  const module: { default?: object } = await import(pathToFileURL(path).href)
  return module.default ?? null
}

/** Our own samples and stock services come last, so that a folder of the user's can replace them. */
function defaultFolders(cwd: string, home: Home): string[] {
  const optional = [join(cwd, 'datums'), join(cwd, '_b00t_')].filter((path) => existsSync(path))
  return unique([...optional, home.datums, join(PACKAGE_FOLDER, 'datums')])
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)]
}

function checkShape(config: unknown, file: string): Written {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw refuse(file, 'they are not a table', `Write a table with ${KEYS.join(', ')}.`)
  }
  const { role, ...lists } = config as Record<string, unknown>
  for (const [key, value] of Object.entries(lists)) {
    if (!KEYS.includes(key)) throw refuse(file, `"${key}" is unknown`, `Use ${KEYS.join(', ')}.`)
    if (!isTextList(value)) {
      throw refuse(file, `"${key}" is not a list of paths`, `Write ${key} = ["…"].`)
    }
  }
  return { ...lists, ...(role === undefined ? {} : { role: checkRole(role, file) }) }
}

function checkRole(role: unknown, file: string): Role {
  const parsed = parseRole(String(role))
  if (parsed) return parsed
  throw refuse(file, `"${role}" is not a role`, 'Use executive, operator, agent or viewer.')
}

function refuse(file: string, what: string, hint: string): B00tError {
  return new B00tError('SETTINGS_INVALID', `Cannot use the settings: ${what}`, {
    at: { file },
    hint,
  })
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}
