import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Home, locateHome, prepareHome } from './home.ts'
import { claimAddress, refuseWhileHeld, takeLock } from './lock.ts'

let scratch: string
let home: Home
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'b00t-lock-'))
  home = prepareHome(locateHome({ B00T_HOME: join(scratch, 'home') }))
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))

describe('takeLock()', () => {
  test('given a link to a home that is held, refuses it, until it is given back', async () => {
    symlinkSync(home.path, join(scratch, 'link'))
    const linked = prepareHome(locateHome({ B00T_HOME: join(scratch, 'link') }))
    const lock = await takeLock(home, new Date())
    await expect(takeLock(linked, new Date())).rejects.toMatchObject({
      code: 'SUPERVISOR_RUNNING',
      message: expect.stringContaining(`pid ${process.pid}`),
    })
    lock.release()
    const again = await takeLock(linked, new Date())
    again.release()
  })
})

describe('refuseWhileHeld()', () => {
  test('given a lock, refuses; given none, does not take it either', async () => {
    await refuseWhileHeld(home)
    const lock = await takeLock(home, new Date())
    await expect(refuseWhileHeld(home)).rejects.toMatchObject({ code: 'SUPERVISOR_RUNNING' })
    lock.release()
    await refuseWhileHeld(home)
  })
})

describe('claimAddress()', () => {
  const PROGRAM = 'require("node:net").createServer().listen(process.argv[1], () => console.log(1))'

  test('given a socket file, takes it only once whoever held it was killed', async () => {
    const path = join(scratch, 'socket')
    const holder = spawn(process.execPath, ['-e', PROGRAM, path])
    await once(holder.stdout, 'data')
    const server = createServer()
    expect(await claimAddress(server, path)).toBe(false)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    expect(existsSync(path)).toBe(true)
    expect(await claimAddress(server, path)).toBe(true)
    server.close()
  })
})
