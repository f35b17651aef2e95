import { type Discovery, discoverDatums } from '../datum/discover.ts'
import { loadRegistry, type Registry } from '../supervisor/registry.ts'
import { loadSettings, type Settings } from '../supervisor/settings.ts'
import type { Context } from './context.ts'

/** What commands need that look at datum files themselves, without a supervisor. */
export interface Catalog {
  readonly settings: Settings
  readonly registry: Registry
  discover(): Discovery
}

/** Reads settings and plugins. */
export async function loadCatalog({ cwd, home }: Context): Promise<Catalog> {
  const settings = await loadSettings(cwd, home)
  const registry = await loadRegistry(settings.plugins)
  return { settings, registry, discover: () => discoverDatums(settings.datums, registry.types) }
}
