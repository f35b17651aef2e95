import { chmodSync, realpathSync, type Stats, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { B00tError, messageOf } from '../error.ts'
import { makePrivateFolder, PRIVATE_FOLDER } from '../file.ts'

/** Where things are in `B00T_HOME`; every path absolute. */
export interface Home {
  readonly path: string
  readonly run: string
  readonly logs: string
  /** What happened in the supervisor, as JSON lines. */
  readonly ownLog: string
  /** What a supervisor in the background prints. */
  readonly upLog: string
  readonly datums: string
  readonly audit: string
  readonly events: string
  readonly socket: string
  /** Who the supervisor is: pid and since when. */
  readonly supervisor: string
  readonly surfaces: string
  readonly cache: string
}

/** Longest path of a unix socket on Linux, in bytes. */
const SOCKET_LIMIT = 107

/** Logs of our own by their names without `.log`. */
const OWN_LOGS: readonly string[] = ['supervisor', 'up']

/** The layout of the state folder that the environment names; nothing is made yet. */
export function locateHome(environment: Readonly<Record<string, string | undefined>>): Home {
  const named = environment.B00T_HOME?.trim().replace(/^~(?=\/|$)/, homedir())
  const path = resolve(named || join(homedir(), '.b00t'))
  return layoutOf(realPathOf(path))
}

/**
 * Makes the state folder and its parts, and closes them to everybody but their owner.
 *
 * @returns the layout by the folder's real path, so that two names of one folder are one home
 * @throws B00tError `HOME_UNUSABLE` when that is not possible, or when others share the folder
 */
export function prepareHome(home: Home): Home {
  closeFolder(home, home.path)
  const own = layoutOf(realPathOf(home.path))
  if (Buffer.byteLength(own.socket) > SOCKET_LIMIT) {
    const message = `Cannot use ${own.path}: its path is too long for a socket (${SOCKET_LIMIT} bytes)`
    throw new B00tError('HOME_UNUSABLE', message, { hint: 'Choose a shorter path for B00T_HOME.' })
  }
  for (const folder of [own.run, own.logs, own.datums, own.cache]) closeFolder(own, folder)
  return own
}

/** The log file of a surface; one that is named like a log of our own is escaped, as nothing else would be. */
export function logFileOf(home: Home, key: string): string {
  const name = encodeURIComponent(key)
  const isOwn = OWN_LOGS.includes(name.toLowerCase())
  const escaped = isOwn ? `%${name.charCodeAt(0).toString(16)}${name.slice(1)}` : name
  return join(home.logs, `${escaped}.log`)
}

function layoutOf(path: string): Home {
  const run = join(path, 'run')
  const logs = join(path, 'logs')
  return {
    path,
    run,
    logs,
    ownLog: join(logs, 'supervisor.log'),
    upLog: join(logs, 'up.log'),
    datums: join(path, 'datums'),
    audit: join(path, 'audit.ndjson'),
    events: join(path, 'events.ndjson'),
    socket: join(run, 'supervisor.sock'),
    supervisor: join(run, 'supervisor.json'),
    surfaces: join(run, 'surfaces'),
    cache: join(path, 'cache'),
  }
}

/** What a path leads to; the path itself while there is nothing. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function closeFolder(home: Home, folder: string): void {
  try {
    makePrivateFolder(folder)
    const why = whyShared(statSync(folder))
    if (why !== undefined) throw unusable(home, `${folder} ${why}`)
    chmodSync(folder, PRIVATE_FOLDER)
  } catch (cause) {
    throw cause instanceof B00tError ? cause : unusable(home, messageOf(cause), cause)
  }
}

/** Why a folder is not ours alone: to close it would take it away from others. */
function whyShared({ uid, mode }: Stats): string | undefined {
  if (uid !== (process.getuid?.() ?? uid)) return 'belongs to another user'
  if ((mode & 0o1000) !== 0) return 'is shared with others: it has the sticky bit'
  return (mode & 0o002) === 0 ? undefined : 'can be written by everybody'
}

function unusable(home: Home, why: string, cause?: unknown): B00tError {
  return new B00tError('HOME_UNUSABLE', `Cannot use ${home.path}: ${why}`, {
    cause,
    hint: 'Point B00T_HOME at a folder you own.',
  })
}
