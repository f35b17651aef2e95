import { definePlugin, type Plugin } from '#core'
import { commands } from './commands.ts'
import type { RouterTable } from './datum.gen.ts'
import { errors } from './errors.ts'
import { DEFAULTS } from './settings.ts'
import { keyVariables } from './soul.ts'
import { createRouterSurface, localUrl } from './surface.ts'

const router: Plugin = definePlugin<RouterTable>({
  type: 'router',
  summary: 'One address for every OpenAI-compatible backend, with keys and telemetry.',
  governance: { auto_restart: true, crash_budget: 5, crash_window: '10m', stop_grace: '35s' },
  errors,
  commands,
  create: (datum, host) => createRouterSurface(datum, host, () => keyVariables(host.home)),
  async welcome(host, [datum]) {
    if (!datum) return []
    const { welcomeLines } = await import('./welcome.ts')
    return welcomeLines(host, localUrl({ ...DEFAULTS, ...datum.table }))
  },
})

export default router
