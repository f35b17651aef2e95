import {
  B00tError,
  type Datum,
  definePlugin,
  type LintProblem,
  type Liveness,
  type Plugin,
  type ProcessHandle,
  processSurface,
  watchLiveness,
} from '#core'
import { buildCommand, isObservable, listEndpoints, listRequirements } from './command.ts'
import type { ServiceTable } from './datum.gen.ts'

const service: Plugin = definePlugin<ServiceTable>({
  type: 'service',
  aliases: ['daemon', 'sidecar', 'runtime'],
  summary: 'A long-running program: a daemon or a sidecar.',
  errors: {
    SERVICE_NO_COMMAND: {
      meaning: 'The datum describes a service, but not how to run it.',
      next: 'Add [b00t.service] with argv.',
    },
    SERVICE_NO_ADDRESS: {
      meaning: 'The service offers an API, but the datum does not say where.',
      next: 'Add api_url or ready_port to [b00t.service].',
    },
  },
  lint,
  secrets: ({ table }) => table.pass_environment ?? [],
  create(datum, host) {
    if (datum.table.argv === undefined) {
      throw new B00tError('SERVICE_NO_COMMAND', `Cannot run ${datum.key}: it has no argv`, {
        at: { file: datum.file },
        hint: 'Add [b00t.service] with argv = ["program", "argument"].',
      })
    }
    return processSurface({
      requirements: () => listRequirements(datum),
      command: () => buildCommand(datum, host.environment),
      async ready(_handle, run) {
        const { waitReady } = await import('./readiness.ts')
        await waitReady(datum.table, run.signal)
      },
      ...(isObservable(datum.table) && watchService(datum.table)),
      endpoints: () => listEndpoints(datum),
      ...(datum.table.stop_signal ? { stopSignal: datum.table.stop_signal } : {}),
    })
  },
})

export default service

function watchService(table: ServiceTable): Liveness<ProcessHandle> {
  return watchLiveness(async (_handle, run) => {
    const { findSilence } = await import('./readiness.ts')
    return findSilence(table, run.signal)
  })
}

/** Problems of a service datum that its schema cannot express. */
function lint({ table, name }: Datum<ServiceTable>): readonly LintProblem[] {
  const { api, api_url, ready_port } = table
  if (api === undefined || api_url !== undefined || ready_port !== undefined) return []
  const message = `Service "${name}" offers "${api}" to nobody: its address is not known`
  const hint = 'Add api_url or ready_port to [b00t.service].'
  const pointer = '/b00t/service/api'
  return [{ severity: 'warning', code: 'SERVICE_NO_ADDRESS', message, hint, pointer }]
}
