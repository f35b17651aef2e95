import { definePlugin, type Plugin } from '#core'
import type { WatcherTable } from './datum.gen.ts'
import { createWatcherSurface } from './surface.ts'

const watcher: Plugin = definePlugin<WatcherTable>({
  type: 'watcher',
  summary: 'Applies changes of datum files as they happen.',
  governance: { max_ttl: '7d' },
  errors: {
    WATCHER_UNAVAILABLE: {
      meaning: 'The system refuses to watch the folders.',
      next: 'Raise fs.inotify.max_user_watches, or set poll_ms.',
    },
  },
  create: (datum, host) => createWatcherSurface(datum.table, host),
})

export default watcher
