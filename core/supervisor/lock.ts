import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { userInfo } from 'node:os'
import { B00tError } from '../error.ts'
import { writeFileAtomically } from '../file.ts'
import type { Home } from './home.ts'

/** Who holds the lock, as `run/supervisor.json` tells it. */
export interface SupervisorIdentity {
  readonly pid: number
  /** RFC 3339, UTC. */
  readonly since: string
}

/** A lock that is ours until {@link Lock.release}, or until this process dies. */
export interface Lock {
  readonly identity: SupervisorIdentity
  release(): void
}

/**
 * Makes this process the only supervisor of a state folder.
 *
 * The lock is a socket in Linux' abstract namespace: the kernel frees it with the process, however that
 * ends, so there is no stale lock. Elsewhere a socket file stands in. The path of the home must be the real one.
 *
 * @throws B00tError `SUPERVISOR_RUNNING` naming pid and start of the holder
 */
export async function takeLock(home: Home, now: Date): Promise<Lock> {
  const server = createServer((connection) => connection.destroy())
  if (!(await claimAddress(server, lockAddress(home)))) throw heldBy(home)
  server.unref()
  const identity = { pid: process.pid, since: now.toISOString() }
  writeFileAtomically(home.supervisor, JSON.stringify(identity), 'process')
  return {
    identity,
    release() {
      rmSync(home.supervisor, { force: true })
      server.close()
    },
  }
}

/**
 * Makes sure that no supervisor runs, without becoming one.
 *
 * @throws B00tError `SUPERVISOR_RUNNING` naming pid and start of the holder
 */
export async function refuseWhileHeld(home: Home): Promise<void> {
  if (await isAnswered(lockAddress(home))) throw heldBy(home)
}

/**
 * Listens where nobody else does. A socket file on which nobody answers was left by a process that was killed.
 *
 * @param path - of a socket file, or a name in Linux' abstract namespace
 * @returns false where somebody else listens
 */
export async function claimAddress(server: Server, path: string): Promise<boolean> {
  if (await listens(server, path)) return true
  if (path.startsWith('\0') || (await isAnswered(path))) return false
  rmSync(path, { force: true })
  return await listens(server, path)
}

/** Who holds the lock according to the file; `undefined` where there is none. */
export function readIdentity(home: Home): SupervisorIdentity | undefined {
  try {
    return JSON.parse(readFileSync(home.supervisor, 'utf8')) as SupervisorIdentity
  } catch {
    return undefined
  }
}

function lockAddress(home: Home): string {
  if (process.platform !== 'linux') return `${home.run}/supervisor.lock`
  const digest = createHash('sha256').update(home.path).digest('hex').slice(0, 32)
  return `\0b00t-${userInfo().uid}-${digest}`
}

async function listens(server: Server, path: string): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen(path, () => resolve(true))
  })
}

async function isAnswered(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path)
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

function heldBy(home: Home): B00tError {
  const holder = readIdentity(home)
  const who = holder
    ? `pid ${holder.pid}, since ${holder.since}`
    : 'a process that has just started'
  return new B00tError(
    'SUPERVISOR_RUNNING',
    `Cannot start: a supervisor holds ${home.path}: ${who}`,
  )
}
