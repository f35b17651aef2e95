import { constants, type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { B00tError, makePrivateFolder, writeFileAtomically } from '#core'
import type { Key } from './key.ts'
import { formatKeys, keyFile, parseKeys, secureKeyFile } from './key-file.ts'

/** How long a writer waits for another one before it gives up, milliseconds. */
const LOCK_PATIENCE_MS = 5000

/** All keys of a home folder; `onTightened` is called if others could read them until now. */
export async function readKeys(home: string, onTightened?: () => void): Promise<readonly Key[]> {
  const file = keyFile(home)
  const stats = await stat(file, { bigint: true }).catch(missingToUndefined)
  if (stats === undefined) return []
  if (secureKeyFile(file, stats)) onTightened?.()
  return parseKeys(file, await readFile(file, 'utf8'))
}

/**
 * Changes the key file under a lock: reads it, lets `change` make the new list, and replaces it in one step.
 *
 * @throws B00tError `ROUTER_KEYS_BUSY` if another writer holds the lock for more than five seconds
 */
export async function changeKeys(
  home: string,
  change: (keys: readonly Key[]) => readonly Key[],
): Promise<void> {
  makePrivateFolder(home)
  const file = keyFile(home)
  const lock = await takeLock(`${file}.lock`)
  try {
    writeFileAtomically(file, formatKeys(change(await readKeys(home))))
  } finally {
    await lock.release()
  }
}

interface Lock {
  release(): Promise<void>
}

async function takeLock(path: string): Promise<Lock> {
  const deadline = performance.now() + LOCK_PATIENCE_MS
  for (;;) {
    const handle = await createExclusive(path)
    if (handle !== undefined) {
      await handle.writeFile(String(process.pid))
      await handle.close()
      return { release: () => rm(path, { force: true }) }
    }
    await dropStaleLock(path)
    if (performance.now() > deadline) {
      throw new B00tError(
        'ROUTER_KEYS_BUSY',
        'Cannot change the keys: another process is changing them',
        { at: { file: path }, hint: 'Wait for it to end, or remove the lock file if it is gone.' },
      )
    }
    await sleep(10 + Math.random() * 20)
  }
}

async function createExclusive(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  }
}

/** Takes a dead writer's lock aside by rename, so that only one of several waiters can do it. */
async function dropStaleLock(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(missingToUndefined)
  if (text === undefined || (text === '' ? await isYoung(path) : isAlive(Number(text)))) return
  const aside = `${path}.${process.pid}.stale`
  await rename(path, aside).catch(missingToUndefined)
  const taken = await readFile(aside, 'utf8').catch(missingToUndefined)
  // A new writer may have taken the lock between the two steps; then it is given back.
  if (taken !== undefined && taken !== text) await rename(aside, path)
  await rm(aside, { force: true })
}

/** A lock without a process number: its writer is just about to write it, or died before it could. */
async function isYoung(path: string): Promise<boolean> {
  const stats = await stat(path).catch(missingToUndefined)
  return stats === undefined || Date.now() - stats.mtimeMs < 1000
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function missingToUndefined(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined
  throw error
}
