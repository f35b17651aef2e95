import {
  type Datum,
  definePlugin,
  type Endpoint,
  type Host,
  type MaintenanceAction,
  type Plugin,
  type Problem,
  type ProcessSurface,
} from '#core'
import type { BackendTable } from './datum.gen.ts'
import { endpointOf } from './endpoint.ts'
import { errors } from './errors.ts'
import { type Answer, askBackend, waitForBackend } from './probe.ts'

const backend: Plugin = definePlugin<BackendTable>({
  type: 'backend',
  aliases: ['ai', 'inference_provider', 'provider', 'ai_model'],
  summary: 'An OpenAI-compatible server that someone else runs, on this machine or elsewhere.',
  // Nothing of ours crashes here: a provider that is away for a while should not end in quarantine.
  governance: { auto_restart: true, crash_budget: 100, crash_window: '2h' },
  errors,
  lint,
  create: createBackendSurface,
})

export default backend

function createBackendSurface(datum: Datum<BackendTable>, host: Host): ProcessSurface {
  const endpoint = endpointOf(datum)
  const key = () => (endpoint.keyEnv ? host.environment[endpoint.keyEnv]?.trim() : undefined)
  return {
    requirements: () => (endpoint.keyEnv ? [{ kind: 'env', name: endpoint.keyEnv }] : []),
    operate: async () => ({ url: endpoint.url }),
    ready: (_, run) => waitForBackend(endpoint, key(), run.signal),
    endpoints: () => [endpoint],
    maintain: async () => judge(endpoint, await askBackend(endpoint, key())),
    // It is not ours to end; the router stops sending requests there.
    terminate: async () => undefined,
    adopt: async () => true,
  }
}

function judge(endpoint: Endpoint, answer: Answer): MaintenanceAction {
  switch (answer) {
    case 'serves':
      return { action: 'none' }
    case 'refuses':
      return { action: 'terminate', reason: `${endpoint.url} does not accept its key any more` }
    case 'something_else':
      return { action: 'restart', reason: `${endpoint.url} is not a model server any more` }
    case 'silent':
      return { action: 'restart', reason: `${endpoint.url} does not answer` }
  }
}

/** Problems of a backend datum that its schema cannot express. */
function lint({ table, file, name }: Datum<BackendTable>): readonly Problem[] {
  if (table.port === undefined || table.url === undefined) return []
  const message = `Backend "${name}" has a port and a url; one of them would be ignored`
  const hint = 'Keep one of the two.'
  return [{ severity: 'error', code: 'BACKEND_TWO_PLACES', message, hint, at: { file } }]
}
