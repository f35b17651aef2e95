import { discoverDatums } from '../datum/discover.ts'
import type { Home } from '../supervisor/home.ts'
import { loadRegistry } from '../supervisor/registry.ts'
import { loadSettings } from '../supervisor/settings.ts'
import type { Command, Host } from '../surface/plugin.ts'
import type { CommandEntry } from './commands.ts'

/** The verbs that plugins add. */
export async function pluginCommands(cwd: string, home: Home): Promise<CommandEntry[]> {
  const settings = await loadSettings(cwd, home)
  const registry = await loadRegistry(settings.plugins)
  const host: Host = {
    home: home.path,
    environment: process.env,
    datumFolders: settings.datums,
    emit: () => undefined,
  }
  const discover = () => discoverDatums(settings.datums, registry.types)
  const datums = async () => discover().datums
  const degraded = async () => discover().degraded
  return registry.plugins.flatMap(({ plugin }) =>
    (plugin.commands ?? []).map((command) => toEntry(command, { host, datums, degraded })),
  )
}

function toEntry(
  command: Command,
  world: Pick<Parameters<Command['run']>[0], 'host' | 'datums' | 'degraded'>,
): CommandEntry {
  return {
    path: command.path,
    summary: command.summary,
    arguments: command.arguments ?? [],
    options: command.options ?? [],
    load: async () => (context, args, options) =>
      command.run({
        ...world,
        arguments: args,
        options,
        print: context.terminal.print,
        note: context.terminal.note,
        get signal() {
          return context.signal
        },
      }),
  }
}
