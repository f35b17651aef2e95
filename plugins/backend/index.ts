import {
  type Datum,
  definePlugin,
  type Host,
  type MaintenanceAction,
  type Plugin,
  type Problem,
  type ProcessSurface,
  type Run,
} from '#core'
import type { BackendTable } from './datum.gen.ts'
import { endpointOf } from './endpoint.ts'
import { errors } from './errors.ts'
import { type Answer, askBackend, type Question, waitForBackend } from './probe.ts'

const backend: Plugin = definePlugin<BackendTable>({
  type: 'backend',
  aliases: ['ai', 'inference_provider', 'provider', 'ai_model'],
  summary: 'An OpenAI-compatible server that someone else runs, on this machine or elsewhere.',
  // The window is shorter than a few start timeouts: one that is away is waited for, not quarantined.
  governance: { crash_window: '2m' },
  errors,
  lint,
  create: createBackendSurface,
})

export default backend

/** A look at this machine costs nothing; a provider's list may be long, and counted. */
const LOOK_EVERY_MS = { local: 10_000, remote: 60_000 } as const

function createBackendSurface(datum: Datum<BackendTable>, host: Host): ProcessSurface {
  const endpoint = endpointOf(datum)
  const ask = ({ signal }: Run): Question => {
    const key = endpoint.keyEnv && host.environment[endpoint.keyEnv]?.trim()
    return { endpoint, key, signal }
  }
  return {
    maintainEveryMs: LOOK_EVERY_MS[endpoint.tier],
    requirements: () => (endpoint.keyEnv ? [{ kind: 'env', name: endpoint.keyEnv }] : []),
    operate: async () => ({ url: endpoint.url }),
    ready: (_, run) => waitForBackend(ask(run)),
    endpoints: () => [endpoint],
    maintain: async (_, run) => judge(await askBackend(ask(run))),
    // It is not ours to end; the router stops sending requests there.
    terminate: async () => undefined,
    adopt: async () => true,
  }
}

/** Nothing of ours could be started anew: a backend that fails is told, and serves again once it answers. */
function judge(answer: Answer): MaintenanceAction {
  return answer.outcome === 'serves' ? { action: 'none' } : { action: 'none', problem: answer.why }
}

/** Problems of a backend datum that its schema cannot express. */
function lint({ table, file, name }: Datum<BackendTable>): readonly Problem[] {
  if (table.port === undefined || table.url === undefined) return []
  const message = `Backend "${name}" has a port and a url; one of them would be ignored`
  const hint = 'Keep one of the two.'
  return [{ severity: 'error', code: 'BACKEND_TWO_PLACES', message, hint, at: { file } }]
}
