import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type Answer,
  ask,
  makeHome,
  type RouterProcess,
  type RouterSetup,
  startRouterProcess,
  until,
} from '../fixtures/router-process.ts'
import {
  type ScriptedUpstream,
  startUpstream,
  type UpstreamSettings,
} from '../fixtures/scripted-upstream.ts'

let stack = new AsyncDisposableStack()
afterEach(async () => {
  await stack.disposeAsync()
  stack = new AsyncDisposableStack()
})

const upstreamWith = async (settings: UpstreamSettings): Promise<ScriptedUpstream> =>
  stack.use(await startUpstream(settings))
const routerWith = async (setup: RouterSetup): Promise<RouterProcess> =>
  stack.use(await startRouterProcess(setup))

const local = (name: string, port: number, more = '') =>
  `[[backends.local]]\nname = "${name}"\nport = ${port}\n${more}\n`
const remote = (name: string, url: string) =>
  `[[backends.remote]]\nname = "${name}"\nkey_env = "${name.toUpperCase()}_API_KEY"\nbase_url = "${url}"\n`

function chat(router: RouterProcess, model: string): Promise<Answer> {
  return ask(router.url, {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${router.token}` },
    body: JSON.stringify({ model, messages: [] }),
  })
}

const servedBy = (answer: Answer) => answer.headers['x-b00t-backend']

describe('the endpoint a request goes to', () => {
  test('given local and remote backends, it is the first that lists the model', async () => {
    const near = await upstreamWith({ models: ['near'] })
    const far = await upstreamWith({ models: ['far', 'near'] })
    const odd = await upstreamWith({ modelsBody: '<html>not a model server</html>' })
    const router = await routerWith({
      soul: `${local('odd', odd.port)}${local('near', near.port)}${remote('far', far.url)}${remote('off', far.url)}`,
      environment: { FAR_API_KEY: 'sk-far', OFF_API_KEY: ' ' },
    })
    await until(async () => servedBy(await chat(router, 'far')) === 'far')
    expect(servedBy(await chat(router, 'near'))).toBe('near')
    expect(servedBy(await chat(router, 'unheard-of'))).toBe('near')
    expect(far.seen.at(-1)?.headers.authorization).toBe('Bearer sk-far')
    expect(near.seen.at(-1)?.headers.authorization).toBeUndefined()
    expect(odd.seen).toEqual([])
    const list = await ask(router.url, {
      path: '/v1/models',
      headers: { authorization: `Bearer ${router.token}` },
    })
    const { data } = JSON.parse(list.body.toString())
    expect(data.map((one: { id: string }) => one.id)).toEqual(['near', 'far'])
    const ready = (await ask(router.url, { path: '/readyz' })).body.toString()
    expect(ready).toContain('something else answers there')
    expect(ready).toContain('OFF_API_KEY is not set')
  })
})

describe('an override', () => {
  test('given an override that does not answer, fails loudly and goes nowhere else', async () => {
    const near = await upstreamWith({ models: ['near'] })
    const dead = await freePort()
    for (const url of [`http://127.0.0.1:${dead}/v1`, 'not a url', 'ftp://127.0.0.1/v1']) {
      const router = await routerWith({
        soul: local('near', near.port),
        environment: { B00T_SERVER_UPSTREAM_URL: url },
      })
      const answer = await chat(router, 'near')
      expect(answer.status).toBe(502)
      expect(JSON.parse(answer.body.toString()).error.code).toBe('backend_unavailable')
      const ready = await ask(router.url, { path: '/readyz' })
      expect(ready.status).toBe(503)
      const { endpoints, problems } = JSON.parse(ready.body.toString())
      expect(endpoints[0]).toMatchObject({ name: 'override', usable: false })
      expect(problems).toHaveLength(url.startsWith('http') ? 0 : 1)
      expect((await ask(router.url, { path: '/healthz' })).status).toBe(200)
    }
    expect(near.seen).toEqual([])
  })
})

describe('a backend that comes or goes', () => {
  test('given nothing that answers, says what was tried, and serves as soon as there is one', async () => {
    const port = await freePort()
    const router = await routerWith({ soul: local('late', port) })
    const refused = await chat(router, 'near')
    expect(refused.status).toBe(503)
    expect(JSON.parse(refused.body.toString()).error.message).toContain('late: nothing listens')
    await upstreamWith({ models: ['near'], port })
    expect((await chat(router, 'near')).status).toBe(200)
  })

  test('given a backend that stops, the next one takes over at once', async () => {
    const first = await upstreamWith({ models: ['near'] })
    const second = await upstreamWith({ models: ['near'] })
    const router = await routerWith({
      soul: `${local('first', first.port)}${local('second', second.port)}`,
    })
    expect(servedBy(await chat(router, 'near'))).toBe('first')
    await first.close()
    await chat(router, 'near')
    await until(async () => servedBy(await chat(router, 'near')) === 'second')
  })
})

describe('the sources of endpoints', () => {
  test('given a changed soul, uses it; given a broken one, keeps the last good one', async () => {
    const near = await upstreamWith({ models: ['near'] })
    const router = await routerWith({})
    expect((await chat(router, 'near')).status).toBe(503)
    const soul = join(router.home, 'server-soul.tomllm')
    await writeFile(soul, local('near', near.port))
    await until(async () => (await chat(router, 'near')).status === 200)
    await writeFile(soul, `${local('near', near.port)}\nport = SM3LLY_PORT\n`)
    await until(() => /ROUTER_SOUL_INVALID: [^ ]+server-soul.tomllm:\d+:\d+/.test(router.output()))
    expect((await chat(router, 'near')).status).toBe(200)
  })

  test('given surfaces from the supervisor, uses them and keeps them when it goes away', async () => {
    const home = await makeHome()
    const socketPath = join(home, 'run', 'model.sock')
    await upstreamWith({ models: ['sm0l'], socketPath })
    const endpoint = { surface: 'sm0l.model', protocol: 'openai', url: 'http://localhost/v1' }
    const table = { endpoints: [{ ...endpoint, socketPath, models: ['sm0l'], tier: 'embedded' }] }
    const supervisor = createServer((request, response) => {
      expect(request.url).toBe('/v1/endpoints?follow=1')
      response.write(`${JSON.stringify(table)}\n`)
    })
    supervisor.listen(join(home, 'run', 'supervisor.sock'))
    const router = await routerWith({ home })
    await until(async () => servedBy(await chat(router, 'sm0l')) === 'sm0l.model')
    supervisor.closeAllConnections()
    await new Promise((resolve) => supervisor.close(resolve))
    expect(servedBy(await chat(router, 'sm0l'))).toBe('sm0l.model')
  })
})

async function freePort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
