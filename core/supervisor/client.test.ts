import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { askSupervisor } from './client.ts'
import { locateHome, prepareHome } from './home.ts'

describe('askSupervisor()', () => {
  test('given a supervisor that says nothing, gives up on a question', async () => {
    const path = mkdtempSync(join(tmpdir(), 'b00t-silent-'))
    const home = prepareHome(locateHome({ B00T_HOME: path }))
    const server = createServer((socket) => socket.on('error', () => undefined))
    server.listen(home.socket)
    await once(server, 'listening')
    const asked = askSupervisor(home, { path: '/v1/status', withinMs: 50 })
    await expect(asked).rejects.toMatchObject({ code: 'SUPERVISOR_SILENT', fault: 'user' })
    server.close()
    rmSync(path, { recursive: true, force: true })
  })
})
