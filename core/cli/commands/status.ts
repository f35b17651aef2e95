import { formatDuration } from '../../datum/duration.ts'
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
  else for (const line of statusTable(surfaces, terminal)) terminal.print(line)
  return 0
}

function statusTable(surfaces: readonly SurfaceStatus[], terminal: Terminal): string[] {
  const rows = surfaces.map(({ name, type, state, uptime_s, pid, crashes, ...rest }) => [
    name,
    type,
    terminal.paint(COLOURS[state] ?? 'dim', state),
    uptime_s > 0 ? formatDuration(Math.floor(uptime_s) * 1000) : '-',
    pid === undefined ? '-' : String(pid),
    String(crashes),
    rest.reason ?? rest.endpoints.map(({ url }) => url).join(' '),
  ])
  return formatTable(['NAME', 'TYPE', 'STATE', 'UP', 'PID', 'CRASHES', 'DETAIL'], rows)
}
