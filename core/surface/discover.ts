import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { B00tError, messageOf, type Problem } from '../error.ts'
import type { Plugin } from './plugin.ts'

/** A plugin and what was found beside its code. */
export interface LoadedPlugin {
  readonly plugin: Plugin
  /** Its folder, absolute. */
  readonly folder: string
  /** The JSON Schema of its type. */
  readonly schema: object
}

/** Every plugin that could be loaded, and what is wrong with the others. */
export interface PluginSet {
  readonly plugins: readonly LoadedPlugin[]
  readonly problems: readonly Problem[]
}

/** Where plugins and schemas are looked for, absolute. */
export interface PluginPlaces {
  /** Folders that hold one plugin folder each, or are one themselves. */
  readonly folders: readonly string[]
  /** The folder of `<type>.schema.json` files; a plugin may bring its own `schema.json` instead. */
  readonly schemas: string
}

const LOAD_TIMEOUT_MS = 5000
const ENTRY_FILES = ['index.ts', 'index.mjs', 'index.js']

/**
 * Imports every plugin below the given folders. A plugin that throws, hangs or declares nonsense is
 * reported and left out; the others are not affected.
 */
export async function discoverPlugins(places: PluginPlaces): Promise<PluginSet> {
  resolveCoreEverywhere()
  const folders = places.folders.flatMap(pluginFolders)
  const results = await Promise.all(folders.map((folder) => loadPlugin(folder, places.schemas)))
  const loaded = results.filter((result) => 'plugin' in result)
  const broken = results.filter((result) => 'code' in result)
  const { kept, clashes } = dropClashes(loaded)
  return { plugins: kept, problems: [...broken, ...clashes] }
}

let coreIsResolved = false

/** A plugin outside the checkout has no package.json above it that could tell what `#core` is. */
function resolveCoreEverywhere(): void {
  if (coreIsResolved) return
  coreIsResolved = true
  const core = new URL('../index.ts', import.meta.url).href
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '#core' ? { url: core, shortCircuit: true } : next(specifier, context),
  })
}

function pluginFolders(folder: string): string[] {
  if (entryFile(folder)) return [folder]
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entryFile(join(folder, entry.name)))
    .map((entry) => join(folder, entry.name))
    .sort()
}

function entryFile(folder: string): string | undefined {
  return ENTRY_FILES.map((name) => join(folder, name)).find((file) => existsSync(file))
}

async function loadPlugin(folder: string, schemas: string): Promise<LoadedPlugin | Problem> {
  const file = entryFile(folder) ?? folder
  try {
    const plugin = checkDeclaration(await importInTime(file), folder)
    return { plugin, folder: resolve(folder), schema: readSchema(folder, schemas, plugin.type) }
  } catch (thrown) {
    const code = thrown instanceof B00tError ? thrown.code : 'PLUGIN_BROKEN'
    const message = `Cannot load the plugin "${basename(folder)}": ${messageOf(thrown)}`
    return { severity: 'error', code, message, at: { file } }
  }
}

async function importInTime(file: string): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new B00tError('PLUGIN_TIMEOUT', `it was not loaded within ${LOAD_TIMEOUT_MS / 1000} s`),
      )
    }, LOAD_TIMEOUT_MS)
  })
  try {
    const module: { default?: unknown } = await Promise.race([
      import(pathToFileURL(file).href),
      late,
    ])
    return module.default
  } finally {
    clearTimeout(timer)
  }
}

function checkDeclaration(value: unknown, folder: string): Plugin {
  const plugin = value as Partial<Plugin> | undefined
  if (typeof plugin?.type !== 'string' || typeof plugin.summary !== 'string') {
    throw new B00tError('PLUGIN_BROKEN', 'its default export is not made with definePlugin()')
  }
  if (plugin.type !== basename(folder)) {
    throw new B00tError('PLUGIN_BROKEN', `its type is "${plugin.type}", wanted the folder's name`)
  }
  const { aliases = [], commands = [], create } = plugin
  if (!isList(aliases, 'string') || !isList(commands, 'object')) {
    throw new B00tError('PLUGIN_BROKEN', 'its aliases or commands are not lists')
  }
  if (create !== undefined && typeof create !== 'function') {
    throw new B00tError('PLUGIN_BROKEN', 'its create is not a function')
  }
  return plugin as Plugin
}

function isList(value: unknown, of: 'string' | 'object'): boolean {
  return Array.isArray(value) && value.every((entry) => entry !== null && typeof entry === of)
}

function readSchema(folder: string, schemas: string, type: string): object {
  const files = [join(folder, 'schema.json'), join(schemas, `${type}.schema.json`)]
  const file = files.find((candidate) => existsSync(candidate))
  if (!file)
    throw new B00tError('PLUGIN_BROKEN', `there is no schema, wanted ${files.join(' or ')}`)
  return JSON.parse(readFileSync(file, 'utf8')) as object
}

function dropClashes(loaded: readonly LoadedPlugin[]): {
  kept: LoadedPlugin[]
  clashes: Problem[]
} {
  const owners = new Map<string, LoadedPlugin>()
  const kept: LoadedPlugin[] = []
  const clashes: Problem[] = []
  for (const candidate of loaded) {
    const { type, aliases = [] } = candidate.plugin
    const taken = [type, ...aliases].find((name) => owners.has(name))
    if (taken === undefined) {
      kept.push(candidate)
      for (const name of [type, ...aliases]) owners.set(name, candidate)
    } else {
      const other = owners.get(taken)?.folder
      const message = `Cannot use the plugin "${type}": "${taken}" is served by ${other} already`
      clashes.push({
        severity: 'error',
        code: 'PLUGIN_CLASH',
        message,
        at: { file: candidate.folder },
      })
    }
  }
  return { kept, clashes }
}
