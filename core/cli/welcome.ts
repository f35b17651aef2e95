import { discoverDatums } from '../datum/discover.ts'
import { loadRegistry } from '../supervisor/registry.ts'
import type { Settings } from '../supervisor/settings.ts'
import type { Context } from './context.ts'
import { quietHost } from './quiet-host.ts'
import { runningKeys } from './running-keys.ts'

/**
 * What the plugins have to say once everything runs, line by line. It may hold a key, so it goes nowhere but to
 * stdout.
 */
export async function welcomeLines(context: Context, settings: Settings): Promise<string[]> {
  const registry = await loadRegistry(settings.plugins)
  const running = await runningKeys(context.home)
  const { datums } = discoverDatums(settings.datums, registry.types)
  const host = quietHost(context, settings)
  const lines: string[] = []
  for (const { plugin } of registry.plugins) {
    const own = datums.filter(({ key, type }) => type === plugin.type && running.has(key))
    lines.push(...((await plugin.welcome?.(host, own)) ?? []))
  }
  return lines
}
