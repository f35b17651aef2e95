import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Datum, Host } from '#core'
import { buildCommand, listEndpoints, listRequirements } from './command.ts'
import type { ServiceTable } from './datum.gen.ts'
import service from './index.ts'
import { findSilence, waitReady } from './readiness.ts'

const DEFAULTS: ServiceTable = {
  argv: ['server'],
  environment: {},
  pass_environment: [],
  ports: [],
  stop_signal: 'SIGTERM',
}

const HOST: Host = { home: '/x', environment: {}, datumFolders: [], emit: () => undefined }

function datumWith(table: Partial<ServiceTable>): Datum<ServiceTable> {
  return {
    key: 's',
    name: 's',
    type: 'service',
    hint: '',
    file: '/datums/deep/s.toml',
    hash: '',
    autostart: false,
    dependsOn: [],
    governance: {},
    document: {},
    table: { ...DEFAULTS, ...table },
  }
}

describe('buildCommand()', () => {
  test('given nothing but a program, runs it in the folder of its datum', () => {
    const command = buildCommand(datumWith({ argv: ['server', '$HOME', '| tee'] }), { A: '1' })
    expect(command).toEqual({
      argv: ['server', '$HOME', '| tee'],
      cwd: '/datums/deep',
      environment: {},
    })
  })

  test.each([
    ['/srv', '/srv'],
    ['../data', '/datums/data'],
    ['~', homedir()],
    ['~/data', join(homedir(), 'data')],
    ['~data', '/datums/deep/~data'],
  ])('given the working folder %s, runs in %s', (working_dir, cwd) => {
    expect(buildCommand(datumWith({ working_dir }), {}).cwd).toBe(cwd)
  })

  test('given variables, passes on those that are set and lets the datum have the last word', () => {
    const table = {
      pass_environment: ['KEY', 'ABSENT', 'MODE', 'EMPTY'],
      environment: { MODE: 'fast' },
    }
    const environment = { KEY: 'k', MODE: 'slow', EMPTY: '', OTHER: 'o' }
    const command = buildCommand(datumWith(table), environment)
    expect(command.environment).toEqual({ KEY: 'k', MODE: 'fast', EMPTY: '' })
  })
})

describe('listRequirements()', () => {
  test('given a program by name, wants it on PATH, its folder, and each port once', () => {
    expect(listRequirements(datumWith({ ports: [1, 2], ready_port: 2 }))).toEqual([
      { kind: 'binary', name: 'server' },
      { kind: 'path', path: '/datums/deep' },
      { kind: 'port', port: 1 },
      { kind: 'port', port: 2 },
    ])
  })

  test('given a program by path, wants the file, seen from the working folder', () => {
    const table = { argv: ['./bin/server'], working_dir: '..' }
    expect(listRequirements(datumWith(table))).toEqual([
      { kind: 'path', path: '/datums/bin/server' },
      { kind: 'path', path: '/datums' },
    ])
  })
})

describe('listEndpoints()', () => {
  test.each<[Partial<ServiceTable>, string[]]>([
    [{ ready_port: 8001 }, []],
    [{ api: 'openai-compat' }, []],
    [{ api: 'openai-compat', ready_port: 8001 }, ['http://127.0.0.1:8001/v1']],
    [
      { api: 'openai-compat', ready_port: 8001, api_url: 'http://[::1]:9/api/v1' },
      ['http://[::1]:9/api/v1'],
    ],
  ])('given %j, offers %j', (table, urls) => {
    const endpoints = urls.map((url) => ({ protocol: 'openai', url, models: [], tier: 'local' }))
    expect(listEndpoints(datumWith(table))).toEqual(endpoints)
  })
})

describe('lint()', () => {
  test('given an api without an address, warns', () => {
    const codes = (table: Partial<ServiceTable>) =>
      service.lint?.(toDatum(table)).map(({ severity, code }) => `${severity} ${code}`)
    expect(codes({ api: 'openai-compat' })).toEqual(['warning SERVICE_NO_ADDRESS'])
    expect(codes({ api: 'openai-compat', ready_port: 8001 })).toEqual([])
    expect(codes({})).toEqual([])
  })
})

describe('create()', () => {
  test('given a datum that only describes a service, fails with SERVICE_NO_COMMAND', () => {
    const datum: Datum = { ...toDatum({}), table: {} }
    expect(() => service.create?.(datum, HOST)).toThrow(
      expect.objectContaining({ code: 'SERVICE_NO_COMMAND', at: { file: datum.file } }),
    )
  })
})

describe('create(), looking at what runs', () => {
  test.each<[Partial<ServiceTable>, boolean]>([
    [{}, false],
    [{ ports: [1] }, false],
    [{ ready_port: 1 }, true],
    [{ ready_url: 'http://127.0.0.1:1/' }, true],
  ])('given %j, looks at it: %s', (table, looks) => {
    const surface = service.create?.(toDatum(table), HOST)
    expect(surface?.maintain !== undefined).toBe(looks)
    expect(surface?.maintainEveryMs !== undefined).toBe(looks)
  })

  test('given a service that answers no more, wants a restart after three looks', async () => {
    const surface = service.create?.(toDatum({ ready_port: await freePort() }), HOST)
    const run = {
      ...{ key: 's', generation: 1, signal: new AbortController().signal },
      ...{ logFile: '/dev/null', stopGraceMs: 0 },
    }
    const handle = {}
    const looks = []
    for (let look = 0; look < 3; look += 1) looks.push(await surface?.maintain?.(handle, run))
    const problem = expect.stringMatching(/^ready_port \d+ does not accept connections$/)
    expect(looks).toEqual([
      { action: 'none', problem },
      { action: 'none', problem },
      { action: 'restart', reason: expect.stringContaining('3 looks in a row') },
    ])
  })
})

let server: Server
beforeEach(() => {
  server = createServer()
})
afterEach(() => {
  server.close()
})

describe('findSilence()', () => {
  const signal = new AbortController().signal

  test('given a service that answers as its datum says, finds nothing', async () => {
    server = createHttpServer((_, response) => response.end('{}'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const port = portOf(server)
    const table = { ...DEFAULTS, ready_port: port, ready_url: `http://127.0.0.1:${port}/` }
    expect(await findSilence(table, signal)).toBeUndefined()
  })

  test('given a status that is not 2xx, or nobody who listens, says so', async () => {
    server = createHttpServer((_, response) => response.writeHead(500).end())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const ready_url = `http://127.0.0.1:${portOf(server)}/`
    const silent = { ...DEFAULTS, ready_port: await freePort(), ready_url }
    expect(await findSilence(silent, signal)).toContain('ready_port')
    expect(await findSilence({ ...DEFAULTS, ready_url }, signal)).toContain('ready_url')
  })
})

describe('waitReady()', () => {
  test('given neither port nor URL, is ready at once', async () => {
    await waitReady(DEFAULTS, new AbortController().signal)
  })

  test('given a port, is ready once it accepts, not before', async () => {
    const port = await freePort()
    const waiting = observe({ ready_port: port })
    await pause(100)
    expect(waiting.isReady()).toBe(false)
    await once(server.listen(port, '127.0.0.1'), 'listening')
    await waiting.ready
  })

  test('given a URL, is ready once its status is 2xx', async () => {
    let status = 503
    const asked: (string | undefined)[] = []
    server = createHttpServer((request, response) => {
      asked.push(request.url)
      response.writeHead(status).end('{}')
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const waiting = observe({ ready_url: `http://127.0.0.1:${portOf(server)}/health?deep=1` })
    await expect.poll(() => asked.length, { timeout: 10_000 }).toBeGreaterThan(1)
    expect(waiting.isReady()).toBe(false)
    status = 204
    await waiting.ready
    expect(new Set(asked)).toEqual(new Set(['/health?deep=1']))
  })

  test.each(['ready_port', 'ready_url'])('given %s and an abort, stops waiting', async (field) => {
    const port = await freePort()
    const controller = new AbortController()
    const table = { [field]: field === 'ready_port' ? port : `http://127.0.0.1:${port}/` }
    const waiting = waitReady({ ...DEFAULTS, ...table }, controller.signal)
    controller.abort()
    await expect(waiting).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  })

  function observe(table: Partial<ServiceTable>): { ready: Promise<void>; isReady(): boolean } {
    let isReady = false
    const ready = waitReady({ ...DEFAULTS, ...table }, new AbortController().signal).then(() => {
      isReady = true
    })
    return { ready, isReady: () => isReady }
  }
})

async function freePort(): Promise<number> {
  const probe = createServer()
  await once(probe.listen(0, '127.0.0.1'), 'listening')
  const port = portOf(probe)
  await once(probe.close(), 'close')
  return port
}

function portOf(listening: Server): number {
  return (listening.address() as AddressInfo).port
}

/** A datum as core hands it to a plugin, before the plugin narrows the type of its table. */
function toDatum(table: Partial<ServiceTable>): Datum {
  return { ...datumWith({}), table: { ...DEFAULTS, ...table } }
}
