import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Datum, Host, Run } from '#core'
import type { BackendTable } from './datum.gen.ts'
import { endpointOf } from './endpoint.ts'
import backend from './index.ts'

const LIST = '{"object":"list","data":[{"id":"m"}]}'

function datumWith(table: BackendTable): Datum<BackendTable> {
  return {
    ...{ key: 'lab.backend', name: 'lab', type: 'backend', hint: '', file: '/x/lab.toml' },
    ...{ hash: '', autostart: false, dependsOn: [], document: {}, governance: {}, table },
  }
}

const host = (environment: Record<string, string> = {}): Host => ({
  home: '/nowhere',
  environment,
  datumFolders: [],
  emit: () => undefined,
})

function runWith(signal: AbortSignal): Run {
  return { key: 'lab.backend', generation: 1, signal, logFile: '/dev/null', stopGraceMs: 0 }
}

describe('endpointOf()', () => {
  test('given a port, offers a local endpoint', () => {
    expect(endpointOf(datumWith({ port: 8000, models: ['a'] }))).toEqual({
      protocol: 'openai',
      url: 'http://127.0.0.1:8000/v1',
      models: ['a'],
      tier: 'local',
    })
  })

  test.each([
    ['https://api.example.com', 'https://api.example.com/v1', 'remote'],
    ['https://api.example.com/api/v1/', 'https://api.example.com/api/v1', 'remote'],
    ['http://localhost:9000/v1', 'http://localhost:9000/v1', 'local'],
    ['http://[::1]:9000', 'http://[::1]:9000/v1', 'local'],
    ['http://127.example.com/v1', 'http://127.example.com/v1', 'remote'],
  ])('given the URL %s, offers %s', (...[url, base, tier]) => {
    expect(endpointOf(datumWith({ url, key_env: 'X_API_KEY' }))).toMatchObject({
      url: base,
      tier,
      keyEnv: 'X_API_KEY',
    })
  })

  test('given neither, fails with BACKEND_NO_URL', () => {
    expect(() => endpointOf(datumWith({}))).toThrow(
      expect.objectContaining({ code: 'BACKEND_NO_URL', at: { file: '/x/lab.toml' } }),
    )
  })
})

describe('lint()', () => {
  test('given a port and a URL, reports it', () => {
    const problems = (table: BackendTable) =>
      backend.lint?.(datumWith(table) as unknown as Datum).map(({ code }) => code)
    expect(problems({ port: 1, url: 'http://h' })).toEqual(['BACKEND_TWO_PLACES'])
    expect(problems({ port: 1 })).toEqual([])
  })
})

let server: Server
let answer: (authorization: string | undefined, response: ServerResponse) => void
let table: BackendTable

beforeEach(async () => {
  answer = (_, response) => response.end(LIST)
  server = createServer((request, response) => answer(request.headers.authorization, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  table = { port: (server.address() as AddressInfo).port }
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const surfaceOf = (more: BackendTable = {}, environment = {}) => {
  const surface = backend.create?.(
    datumWith({ ...table, ...more }) as unknown as Datum,
    host(environment),
  )
  if (surface === undefined) throw new Error('no surface')
  return surface
}

describe('create()', () => {
  test('given a server that comes up later, gets ready and stays well', async () => {
    let looks = 0
    answer = (_, response) => {
      looks++
      response.writeHead(looks < 3 ? 503 : 200).end(LIST)
    }
    const surface = surfaceOf()
    const run = runWith(new AbortController().signal)
    const handle = await surface.operate(run)
    expect(handle).toEqual({ url: `http://127.0.0.1:${table.port}/v1` })
    await surface.ready?.(handle, run)
    expect(looks).toBe(3)
    expect(await surface.maintain?.(handle, run)).toEqual({ action: 'none' })
    await surface.terminate(handle, run)
    await surface.terminate(handle, run)
  })

  test.each<[string, typeof answer, string | RegExp]>([
    [
      'closes the connection',
      (_, response) => response.destroy(),
      /^it does not answer: UND_ERR_SOCKET$/,
    ],
    ['answers 503', (_, response) => response.writeHead(503).end(), /^it answers 503/],
    ['is something else', (_, response) => response.end('<html>'), /^something else answers there/],
    ['refuses', (_, response) => response.writeHead(401).end(), /^it does not accept its key/],
  ])('given a server that %s, tells it, and is well once it serves again', async (...args) => {
    const [, failing, problem] = args
    const surface = surfaceOf()
    const run = runWith(new AbortController().signal)
    answer = failing
    for (let look = 0; look < 4; look += 1) {
      expect(await surface.maintain?.({}, run)).toEqual({
        action: 'none',
        problem: expect.stringMatching(problem),
      })
    }
    expect(surface.endpoints?.({})).toHaveLength(1)
    answer = (_, response) => response.end(LIST)
    expect(await surface.maintain?.({}, run)).toEqual({ action: 'none' })
  })

  test('given a backend, looks at it often on this machine and rarely elsewhere', () => {
    expect(surfaceOf().maintainEveryMs).toBe(10_000)
    const remote = backend.create?.(
      datumWith({ url: 'https://api.example.com' }) as unknown as Datum,
      host(),
    )
    expect(remote?.maintainEveryMs).toBe(60_000)
  })

  test('given a key, requires and sends it; given a wrong one, fails with BACKEND_REFUSED', async () => {
    answer = (authorization, response) =>
      response.writeHead(authorization === 'Bearer right' ? 200 : 401).end(LIST)
    const key_env = 'LAB_API_KEY'
    const run = runWith(new AbortController().signal)
    const right = surfaceOf({ key_env }, { LAB_API_KEY: ' right ' })
    expect(right.requirements()).toEqual([{ kind: 'env', name: key_env }])
    await right.ready?.({}, run)
    const wrong = surfaceOf({ key_env }, { LAB_API_KEY: 'wrong' })
    await expect(wrong.ready?.({}, run)).rejects.toMatchObject({ code: 'BACKEND_REFUSED' })
  })

  test('given the start is cancelled, stops waiting', async () => {
    answer = (_, response) => response.writeHead(503).end()
    const cancel = new AbortController()
    const waiting = surfaceOf().ready?.({}, runWith(cancel.signal))
    cancel.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  })
})
