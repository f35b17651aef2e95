import type { Settings } from '../supervisor/settings.ts'
import type { Host } from '../surface/plugin.ts'
import type { Context } from './context.ts'

/** What plugins are given where no supervisor runs in this process: nobody hears what they say. */
export function quietHost({ home, environment }: Context, settings: Settings): Host {
  return {
    home: home.path,
    environment,
    datumFolders: settings.datums,
    emit: () => undefined,
  }
}
