import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { askRunningRouter } from './running-router.ts'
import { type RunningRouter, startRouter } from './server.ts'

let home: string
let stack: AsyncDisposableStack
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  home = await mkdtemp(join(tmpdir(), 'b00t-explain-'))
  stack.defer(() => rm(home, { recursive: true }))
  await mkdir(join(home, 'run'))
  await writeFile(join(home, 'server-soul.tomllm'), '[soul]\n')
})
afterEach(() => stack.disposeAsync())

async function serve(where: string | number, listener: RequestListener): Promise<Server> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(where, resolve))
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return server
}

/** A supervisor that tells of one surface, a router at this address. */
function superviseRouter(url: string): Promise<Server> {
  const endpoint = { surface: 'router.router', protocol: 'router', url, models: [], tier: 'local' }
  const text = `${JSON.stringify({ endpoints: [endpoint] })}\n`
  return serve(join(home, 'run', 'supervisor.sock'), (_, response) => response.end(text))
}

async function startWith(override: string): Promise<RunningRouter> {
  const router = await startRouter({
    ...{ home, host: '127.0.0.1', port: 0, hosts: [], maxBodyBytes: 1024, drainTimeoutMs: 0 },
    environment: { B00T_SERVER_UPSTREAM_URL: override },
    log: pino({ enabled: false }),
  })
  stack.defer(() => router.drain())
  return router
}

describe('askRunningRouter()', () => {
  test('given a router with an override of its own, tells what that one would do', async () => {
    const backend = await serve(0, (_, response) => response.end('{"data":[{"id":"m"}]}'))
    const override = `http://127.0.0.1:${(backend.address() as AddressInfo).port}/v1`
    const { url } = await startWith(override)
    await superviseRouter(url)
    const reason = 'first in order that lists "m"'
    const row = { name: 'override', rank: 'override', url: override, verdict: 'chosen', reason }
    expect(await askRunningRouter(home, 'm')).toEqual({
      url,
      explanation: { model: 'm', chosen: 'override', endpoints: [row] },
    })
  })

  test('given a router with a wrong override, tells that nobody serves and why', async () => {
    const { url } = await startWith('ftp://h')
    await superviseRouter(url)
    const { explanation } = await askRunningRouter(home, 'm')
    expect(explanation).toMatchObject({
      chosen: null,
      endpoints: [
        { verdict: 'skipped', reason: expect.stringContaining('_UPSTREAM_URL does not') },
      ],
    })
  })

  test('given no supervisor or a router that does not answer, tells so', async () => {
    expect(await askRunningRouter(home, 'm')).toEqual({})
    await superviseRouter('http://127.0.0.1:1')
    expect(await askRunningRouter(home, 'm')).toEqual({ url: 'http://127.0.0.1:1' })
  })
})
