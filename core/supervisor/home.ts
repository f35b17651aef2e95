import { chmodSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { B00tError, messageOf } from '../error.ts'
import { makePrivateFolder, PRIVATE_FOLDER } from '../file.ts'

/** Where things are in `B00T_HOME`; every path absolute. */
export interface Home {
  readonly path: string
  readonly run: string
  readonly logs: string
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

/** The layout of the state folder that the environment names; nothing is made yet. */
export function locateHome(environment: Readonly<Record<string, string | undefined>>): Home {
  const path = resolve(environment.B00T_HOME?.trim() || join(homedir(), '.b00t'))
  const run = join(path, 'run')
  return {
    path,
    run,
    logs: join(path, 'logs'),
    datums: join(path, 'datums'),
    audit: join(path, 'audit.ndjson'),
    events: join(path, 'events.ndjson'),
    socket: join(run, 'supervisor.sock'),
    supervisor: join(run, 'supervisor.json'),
    surfaces: join(run, 'surfaces'),
    cache: join(path, 'cache'),
  }
}

/**
 * Makes the state folder and its parts, and closes them to everybody but their owner.
 *
 * @throws B00tError `HOME_UNUSABLE` when that is not possible, e.g. because it is not ours
 */
export function prepareHome(home: Home): Home {
  if (Buffer.byteLength(home.socket) > SOCKET_LIMIT) {
    throw unusable(home, `its path is too long for a socket (${SOCKET_LIMIT} bytes)`)
  }
  try {
    for (const folder of [home.path, home.run, home.logs, home.datums]) {
      makePrivateFolder(folder)
      chmodSync(folder, PRIVATE_FOLDER)
    }
  } catch (thrown) {
    throw unusable(home, messageOf(thrown), thrown)
  }
  return home
}

/** The log file of a surface. */
export function logFileOf(home: Home, key: string): string {
  return join(home.logs, `${encodeURIComponent(key)}.log`)
}

function unusable(home: Home, why: string, cause?: unknown): B00tError {
  return new B00tError('HOME_UNUSABLE', `Cannot use ${home.path}: ${why}`, {
    cause,
    hint: 'Point B00T_HOME at a folder you own.',
  })
}
