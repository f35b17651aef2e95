import { formatDuration } from '../../datum/duration.ts'
import type { Problem } from '../../error.ts'
import { askSupervisor } from '../../supervisor/client.ts'
import type { SurfaceStatus } from '../../supervisor/status.ts'
import type { CommandRun } from '../context.ts'
import { formatTable, type Terminal } from '../terminal.ts'

const COLOURS: Readonly<Record<string, 'green' | 'yellow' | 'red' | 'dim'>> = {
  running: 'green',
  starting: 'yellow',
  stopping: 'yellow',
  pending: 'yellow',
  blocked: 'yellow',
  backoff: 'yellow',
  failed: 'red',
  quarantined: 'red',
  unknown: 'red',
  inactive: 'dim',
  exited: 'dim',
}

/** Every surface in a table, or as JSON. */
export const status: CommandRun = async ({ home, terminal, json }) => {
  const { surfaces } = await askSupervisor<{ surfaces: SurfaceStatus[] }>(home, {
    path: '/v1/status',
  })
  if (json) terminal.printJson(surfaces)
  else {
    for (const line of statusTable(surfaces, terminal)) terminal.print(line)
    const unusable = countUnusable(await askSupervisor<Problem[]>(home, { path: '/v1/problems' }))
    const files = unusable === 1 ? '1 datum file' : `${unusable} datum files`
    if (unusable > 0) terminal.complain(`${files} cannot be used: b00t datum validate`)
  }
  return 0
}

/** Files with an error of their own; a plugin's problem is no datum's. */
function countUnusable(problems: readonly Problem[]): number {
  const errors = problems.filter(
    ({ severity, code }) => severity === 'error' && !code.startsWith('PLUGIN_'),
  )
  return new Set(errors.flatMap(({ at }) => at?.file ?? [])).size
}

function statusTable(surfaces: readonly SurfaceStatus[], terminal: Terminal): string[] {
  const rows = surfaces.map(({ name, type, state, uptime_s, pid, crashes, ...rest }) => [
    name,
    type,
    { painted: terminal.paint(COLOURS[state] ?? 'dim', state) },
    uptime_s > 0 ? formatDuration(Math.floor(uptime_s) * 1000) : '-',
    pid === undefined ? '-' : String(pid),
    String(crashes),
    rest.reason ?? rest.endpoints.map(({ url, socketPath }) => socketPath ?? url).join(' '),
  ])
  return formatTable(['NAME', 'TYPE', 'STATE', 'UP', 'PID', 'CRASHES', 'DETAIL'], rows)
}
