import { setTimeout as pause } from 'node:timers/promises'
import { B00tError } from '../../error.ts'
import { askSupervisor } from '../../supervisor/client.ts'
import type { Leftover } from '../../supervisor/entry.ts'
import type { SupervisorIdentity } from '../../supervisor/lock.ts'
import { readIdentity } from '../../supervisor/lock.ts'
import type { SurfaceStatus } from '../../supervisor/status.ts'
import { tellRole } from '../asked-role.ts'
import type { CommandRun, Context } from '../context.ts'
import { leftRunning } from '../left-running.ts'

type Verb = 'start' | 'stop' | 'restart' | 'release'

const GOOD: Readonly<Record<Verb, readonly string[]>> = {
  start: ['running', 'exited', 'pending', 'starting'],
  restart: ['running', 'exited', 'pending', 'starting'],
  stop: ['inactive', 'exited', 'failed', 'quarantined'],
  release: ['inactive'],
}

/** Starts a surface and waits until it is ready, or until it is clear that it will not be. */
export const start: CommandRun = (context, [name]) => send(context, 'start', { name })

/** Stops a surface and waits until nothing of it is left. */
export const stop: CommandRun = (context, [name]) => send(context, 'stop', { name })

/** Stops a surface and starts it again with the datum as it is now. */
export const restart: CommandRun = (context, [name]) => send(context, 'restart', { name })

/** Lets a quarantined surface start again. */
export const release: CommandRun = (context, [name], { reason }) => {
  if (typeof reason === 'string' && reason.trim()) return send(context, 'release', { name, reason })
  throw new B00tError('USAGE', 'Cannot release without a reason: it stands in the audit', {
    hint: 'Add --reason "what was mended".',
  })
}

/** Stops every surface, then the supervisor, and waits for its end; fails where something may be left running. */
export const down: CommandRun = async (context) => {
  const { home, terminal, json } = context
  const { supervisor } = await askSupervisor<{ supervisor: SupervisorIdentity }>(home, {
    path: '/v1/status',
  })
  await tellRole(context)
  const left = await askForEnd(context)
  const { pid } = supervisor
  while (readIdentity(home)?.pid === pid && isAlive(pid)) await pause(30)
  if (json) terminal.printJson({ ...supervisor, left })
  if (left.length > 0) throw leftRunning(left)
  terminal.note(`supervisor ${pid} has ended, nothing is left running`)
  return 0
}

/** Only what the supervisor says itself counts: it is gone also when it was killed. */
async function askForEnd(context: Context): Promise<readonly Leftover[]> {
  const request = { path: '/v1/down', body: caller(context) }
  try {
    const { left } = await askSupervisor<{ left: readonly Leftover[] }>(context.home, request)
    return left
  } catch (cause) {
    if (!(cause instanceof B00tError) || cause.code !== 'SUPERVISOR_ABSENT') throw cause
    const what = 'The supervisor ended without a word about what it left running'
    throw new B00tError('SUPERVISOR_LEFTOVER', what, { cause })
  }
}

async function send(
  context: Context,
  verb: Verb,
  body: Record<string, string | undefined>,
): Promise<number> {
  await tellRole(context)
  const status = await askSupervisor<SurfaceStatus>(context.home, {
    path: `/v1/${verb}`,
    body: { ...caller(context), ...body },
  })
  if (context.json) context.terminal.printJson(status)
  else context.terminal.print(describe(status))
  return GOOD[verb].includes(status.state) ? 0 : 1
}

function caller({ actor, role }: Context): Record<string, string | undefined> {
  return { actor, role }
}

function describe({ key, state, reason, pid }: SurfaceStatus): string {
  const details = [pid === undefined ? '' : `pid ${pid}`, reason ?? ''].filter(Boolean).join(', ')
  return details ? `${key} is ${state} (${details})` : `${key} is ${state}`
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
