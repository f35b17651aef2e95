import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describePortHolder } from './port-holder.ts'
import {
  checkRequirement,
  findBinary,
  lastingRequirements,
  type Requirement,
  type World,
} from './requirement.ts'

const LISTENS = fileURLToPath(new URL('../../test/fixtures/programs/listens.mjs', import.meta.url))
const NOWHERE: World = { environment: {}, isReady: () => false }

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'b00t-needs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('checkRequirement()', () => {
  test.each<[Requirement, Partial<World>, RegExp]>([
    [{ kind: 'path', path: '/no/such' }, {}, /^path \/no\/such does not exist$/],
    [{ kind: 'binary', name: 'no-such-x' }, {}, /^program "no-such-x" is not on PATH$/],
    [{ kind: 'env', name: 'KEY' }, {}, /^environment variable KEY is not set$/],
    [{ kind: 'env', name: 'KEY' }, { environment: { KEY: ' ' } }, /KEY is not set$/],
    [{ kind: 'surface', name: 'db' }, {}, /^db is not running$/],
    [{ kind: 'memory', bytes: 2 ** 60 }, {}, /^1099511627776 MiB .* needed, \d+ MiB are free$/],
  ])('given %j unmet, says what is missing', async (requirement, world, text) => {
    expect(await checkRequirement(requirement, { ...NOWHERE, ...world })).toMatch(text)
  })

  test.each<[Requirement, Partial<World>]>([
    [{ kind: 'path', path: '/' }, {}],
    [{ kind: 'binary', name: 'sh' }, { environment: { PATH: '/nowhere:/bin:/usr/bin' } }],
    [{ kind: 'binary', name: '/bin/sh' }, {}],
    [{ kind: 'env', name: 'KEY' }, { environment: { KEY: 'x' } }],
    [{ kind: 'surface', name: 'db' }, { isReady: (name) => name === 'db' }],
    [{ kind: 'memory', bytes: 1 }, {}],
    [{ kind: 'port', port: 0 }, {}],
  ])('given %j met, has nothing to say', async (requirement, world) => {
    expect(await checkRequirement(requirement, { ...NOWHERE, ...world })).toBeUndefined()
  })

  test('given a port that is taken, names the program that holds it', async () => {
    const holder = spawn(process.execPath, [LISTENS, '0'])
    const [chunk] = await once(holder.stdout, 'data')
    const port = Number(String(chunk))
    const missing = await checkRequirement({ kind: 'port', port }, NOWHERE)
    expect(missing).toMatch(new RegExp(`^port ${port} is taken by pid ${holder.pid} \\(.*node `))
    expect(missing?.length).toBeLessThan(140)
    holder.kill()
    await once(holder, 'close')
    expect(await checkRequirement({ kind: 'port', port }, NOWHERE)).toBeUndefined()
  })

  test('given a port on an address that is not ours, says why it cannot be used', async () => {
    const requirement = { kind: 'port', port: 1, host: '203.0.113.1' } as const
    expect(await checkRequirement(requirement, NOWHERE)).toMatch(/^port 1 cannot be used: /)
  })
})

describe('lastingRequirements()', () => {
  test('given what a running surface holds itself, leaves it out', () => {
    const path = { kind: 'path', path: '/' } as const
    const needs = [{ kind: 'port', port: 1 }, path, { kind: 'memory', bytes: 1 }] as const
    expect(lastingRequirements(needs)).toEqual([path])
  })
})

describe('describePortHolder()', () => {
  test('given a port of this process, names it; given a free one, nobody', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    expect(describePortHolder(port)).toContain(`pid ${process.pid} (`)
    server.close()
    await once(server, 'close')
    expect(describePortHolder(port)).toBeUndefined()
  })
})

describe('findBinary()', () => {
  test('given files and folders on the path, finds only what can be executed', () => {
    writeFileSync(join(folder, 'plain'), '')
    writeFileSync(join(folder, 'tool'), '', { mode: 0o755 })
    expect(findBinary('tool', `/nowhere:${folder}`)).toBe(join(folder, 'tool'))
    expect(findBinary('plain', folder)).toBeUndefined()
    expect(findBinary('.', folder)).toBeUndefined()
  })
})
