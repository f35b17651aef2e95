import { askSupervisor } from '../../supervisor/client.ts'
import type { PlanEntry } from '../../supervisor/plan.ts'
import { tellRole } from '../asked-role.ts'
import type { CommandRun, Context } from '../context.ts'
import { formatTable } from '../terminal.ts'

/** What the datum files would change, and why. */
export const plan: CommandRun = async (context) => {
  show(context, await askSupervisor<PlanEntry[]>(context.home, { path: '/v1/plan' }))
  return 0
}

/** Changes what runs to what the datum files say. */
export const apply: CommandRun = async (context) => {
  await tellRole(context)
  const { actor, role } = context
  const request = { path: '/v1/apply', body: { actor, role } }
  show(context, await askSupervisor<PlanEntry[]>(context.home, request))
  return 0
}

function show({ terminal, json }: Context, entries: readonly PlanEntry[]): void {
  const changes = entries.filter(({ change }) => change !== 'keep')
  if (json) terminal.printJson(entries)
  else if (changes.length > 0) {
    const rows = changes.map(({ key, change, why }) => [change, key, why])
    for (const line of formatTable(['CHANGE', 'DATUM', 'WHY'], rows)) terminal.print(line)
  }
  terminal.note(`${changes.length} to change, ${entries.length - changes.length} to keep`)
}
