import { renderReport } from '../datum/report.ts'
import type { Problem } from '../error.ts'
import { askSupervisor } from '../supervisor/client.ts'
import type { SurfaceStatus } from '../supervisor/status.ts'
import type { Context } from './context.ts'
import { plainText } from './terminal.ts'

/** States of what should run, but does not. */
const TROUBLED = ['blocked', 'backoff', 'failed', 'quarantined', 'unknown']

/** Prints what a supervisor in the background cannot use or could not start. */
export async function tellTrouble({ home, cwd, terminal }: Context): Promise<void> {
  const problems = await askSupervisor<Problem[]>(home, { path: '/v1/problems' })
  if (problems.length > 0) {
    const how = { format: 'human', folder: cwd, colour: terminal.hasColour } as const
    terminal.complain(renderReport(problems, how))
  }
  const { surfaces } = await askSupervisor<{ surfaces: SurfaceStatus[] }>(home, {
    path: '/v1/status',
  })
  for (const { key, state, reason } of surfaces.filter(isTroubled)) {
    const why = reason === undefined ? '' : ` (${plainText(reason)})`
    terminal.complain(`${plainText(key)} is ${state}${why}`)
  }
}

function isTroubled({ state, reason }: SurfaceStatus): boolean {
  return TROUBLED.includes(state) || (state === 'inactive' && reason !== undefined)
}
