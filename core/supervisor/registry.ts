import { join } from 'node:path'
import { createTypeCatalog, type TypeCatalog, type TypeInfo } from '../datum/catalog.ts'
import type { Datum } from '../datum/datum.ts'
import { B00tError, type Problem } from '../error.ts'
import { lintPolicy, readPolicy } from '../governance/policy.ts'
import type { Definition } from '../lifecycle/generation.ts'
import { discoverPlugins, type LoadedPlugin } from '../surface/discover.ts'
import type { Host } from '../surface/plugin.ts'
import { PACKAGE_FOLDER } from './settings.ts'

/** The plugins of this process and what they make of datums. */
export interface Registry {
  readonly plugins: readonly LoadedPlugin[]
  readonly types: TypeCatalog
  /** What is wrong with plugins that were left out. */
  readonly problems: readonly Problem[]
  isRunnable(datum: Datum): boolean
  /**
   * Makes what a surface is run by.
   *
   * @throws B00tError when no plugin starts this type, or the plugin refuses the datum
   */
  define(datum: Datum, host: Host): Definition
}

/** Loads the plugins of the given folders. */
export async function loadRegistry(folders: readonly string[]): Promise<Registry> {
  const found = await discoverPlugins({ folders, schemas: join(PACKAGE_FOLDER, 'schemas') })
  const byType = new Map(found.plugins.map((loaded) => [loaded.plugin.type, loaded.plugin]))
  const types = createTypeCatalog(found.plugins.map(toTypeInfo))
  return {
    plugins: found.plugins,
    types,
    problems: found.problems,
    isRunnable: (datum) => types.isRunnable(datum),
    define(datum, host) {
      const plugin = byType.get(datum.type)
      if (!plugin?.create || !types.isRunnable(datum)) throw notRunnable(datum)
      return {
        surface: plugin.create(datum, host),
        policy: readPolicy(datum.governance, plugin.governance),
        dependsOn: datum.dependsOn,
        passedOn: plugin.secrets?.(datum) ?? [],
        hash: datum.hash,
      }
    },
  }
}

/** The error of starting what only describes something. */
export function notRunnable({ key, type, file }: Datum): B00tError {
  const why = `it describes something of type "${type}", but not how to run it`
  return new B00tError('DATUM_NOT_RUNNABLE', `Cannot start ${key}: ${why}`, { at: { file } })
}

function toTypeInfo({ plugin, schema }: LoadedPlugin): TypeInfo {
  const runnable = plugin.create !== undefined
  return {
    type: plugin.type,
    aliases: plugin.aliases ?? [],
    schema,
    runnable,
    runByCommand: plugin.runByCommand ?? false,
    lint: (datum) => [
      ...(runnable && Object.keys(datum.governance).length > 0
        ? lintPolicy(readPolicy(datum.governance, plugin.governance), datum.governance)
        : []),
      ...(plugin.lint?.(datum) ?? []),
    ],
  }
}
