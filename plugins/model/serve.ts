import { once } from 'node:events'
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { B00tError, messageOf } from '#core'
import { ERRORS } from './errors.ts'
import { readServeOptions } from './serve-options.ts'
import { createModelServer } from './server.ts'
import { openService, type Service } from './service.ts'

/** How long answers may go on after SIGTERM. */
const FINISH_MS = 5_000
const SWEEP_EVERY_MS = 50

async function main(): Promise<void> {
  const options = readServeOptions(process.argv.slice(2))
  await clearSocket(options.socket)
  const service = await openService(options)
  const server = createModelServer(service)
  await listen(server, options.socket)
  const stopped = awaitStop()
  process.stdout.write('ready\n')
  await stopped
  await close(server, service)
}

/** Removes what a dead server left behind; refuses to take the place of a living one. */
async function clearSocket(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there === undefined) return
  if (!there.isSocket()) throw cannotListen(path, 'something else is there')
  if (await answers(path)) throw cannotListen(path, 'another process does already')
  rmSync(path)
}

function cannotListen(path: string, state: string, cause?: unknown): B00tError {
  return new B00tError('MODEL_SOCKET', `Cannot listen on "${path}": ${state}`, { cause })
}

async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function listen(server: Server, path: string): Promise<void> {
  // The mask keeps others out from the first moment on; the mode then says so plainly.
  const mask = process.umask(0o177)
  try {
    server.listen(path)
    await once(server, 'listening')
  } catch (cause) {
    throw cannotListen(path, messageOf(cause), cause)
  } finally {
    process.umask(mask)
  }
  chmodSync(path, 0o600)
}

async function awaitStop(): Promise<void> {
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
}

async function close(server: Server, service: Service): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  // A connection that falls idle after close() would otherwise be kept for its keep-alive time.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_EVERY_MS)
  await Promise.race([closed, pause(FINISH_MS)])
  clearInterval(sweep)
  service.closing.abort(new Error('The server is stopping'))
  server.closeAllConnections()
  await closed
  await service.engine.dispose()
}

function fail(error: unknown): void {
  const code = error instanceof B00tError ? error.code : 'INTERNAL'
  const hint = ERRORS[code]?.next
  // One line: the supervisor shows the last one as the reason of the end.
  const next = hint === undefined ? '' : `. Next: ${hint}`
  process.stderr.write(`${code}: ${messageOf(error)}${next}\n`)
}

try {
  await main()
  process.exit(0)
} catch (error) {
  fail(error)
  process.exit(1)
}
