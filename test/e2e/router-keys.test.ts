import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { describeToken, mintToken } from '../../plugins/router/key.ts'
import { changeKeys } from '../../plugins/router/key-writer.ts'
import {
  type Answer,
  addKey,
  ask,
  type RouterProcess,
  startRouterProcess,
  until,
} from '../fixtures/router-process.ts'
import { type ScriptedUpstream, startUpstream } from '../fixtures/scripted-upstream.ts'

let upstream: ScriptedUpstream
let router: RouterProcess

beforeAll(async () => {
  upstream = await startUpstream({ models: ['scripted', 'secret'] })
  router = await startRouterProcess({ environment: { B00T_SERVER_UPSTREAM_URL: upstream.url } })
})

afterAll(async () => {
  await router?.[Symbol.asyncDispose]()
  await upstream?.close()
})

beforeEach(() => {
  upstream.reset()
})

const chat = (model: string) => JSON.stringify({ model, messages: [] })
const post = (token: string, model = 'scripted'): Promise<Answer> =>
  ask(router.url, {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { authorization: `Bearer ${token}` },
    body: chat(model),
  })

describe('the gate of the router', () => {
  test('given any request without a valid key, answers 401 with one body and asks nobody', async () => {
    const expired = await addKey(router.home, { consumer: 'late', lifetimeMs: -1000 })
    const revoked = await addKey(router.home, { consumer: 'gone' })
    await changeKeys(router.home, (keys) =>
      keys.map((key) => (key.consumer === 'gone' ? { ...key, revoked: key.created } : key)),
    )
    const unknown = mintToken()
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
    const heads: Record<string, string | string[]>[] = [
      {},
      ...[bearer(unknown), bearer(expired), bearer(revoked), bearer(''), { 'x-api-key': unknown }],
      ...[{ authorization: 'Basic YTpi' }, { authorization: router.token }],
      { authorization: `Bearer ${router.token}`, 'x-api-key': unknown },
    ]
    const routes = [
      ['GET', '/v1/models'],
      ['POST', '/v1/chat/completions'],
      ['PUT', '/v1/nothing/here?a=b'],
      ['OPTIONS', '/v1/models'],
      ['DELETE', '/v1'],
      ['GET', '/v1/v1/models'],
      ['GET', '/v1/../x'],
      ['GET', '/v1?x'],
    ]
    // A key made just now counts within 100 ms; wait until the endings count as well.
    await until(async () => (await post(revoked)).status === 401)
    upstream.seen.length = 0
    const bodies = new Set<string>()
    for (const headers of heads) {
      for (const [method = '', path = ''] of routes) {
        const answer = await ask(router.url, { method, path, headers })
        expect([method, path, answer.status]).toEqual([method, path, 401])
        bodies.add(answer.body.toString())
      }
    }
    const head = await ask(router.url, { method: 'HEAD', path: '/v1/models' })
    expect(head.status).toBe(401)
    expect([...bodies]).toHaveLength(1)
    expect(JSON.parse([...bodies][0] ?? '')).toEqual({
      error: {
        message: expect.any(String),
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_api_key',
      },
    })
    expect(upstream.seen).toEqual([])
  })
})

describe('the gate, before a body is sent', () => {
  test('given no key and Expect: 100-continue, refuses before the body is asked for', async () => {
    const text = await talk(
      'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n' +
        'Expect: 100-continue\r\n\r\n',
    )
    expect(text).toMatch(/^HTTP\/1\.1 401 /)
    expect(text).not.toContain('100 Continue')
  })

  test('given a valid key and Expect: 100-continue, asks for the body and serves it', async () => {
    const body = chat('scripted')
    const text = await talk(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${router.token}\r\n` +
        `Content-Length: ${body.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
      body,
    )
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
    expect(upstream.seen[0]?.headers.expect).toBeUndefined()
  })
})

describe('the gate, in front of a valid key', () => {
  test('given the key as x-api-key, or twice the same, serves it', async () => {
    for (const headers of [
      { 'x-api-key': router.token },
      { 'x-api-key': router.token, authorization: `bearer ${router.token}` },
    ]) {
      expect((await ask(router.url, { path: '/v1/models', headers })).status).toBe(200)
    }
  })

  test('given OPTIONS with a valid key, answers 405 itself', async () => {
    const headers = { authorization: `Bearer ${router.token}` }
    const answer = await ask(router.url, { method: 'OPTIONS', path: '/v1/models', headers })
    expect(answer.status).toBe(405)
    expect(upstream.seen).toEqual([])
  })

  test('given a foreign Host header, refuses with 403', async () => {
    for (const path of ['/v1/models', '/healthz', '/readyz', '/metrics']) {
      const headers = { host: 'evil.example', authorization: `Bearer ${router.token}` }
      expect((await ask(router.url, { path, headers })).status).toBe(403)
    }
  })
})

describe('the keys of a running router', () => {
  test('given a new key, it works within 100 ms, and no more once revoked', async () => {
    const token = await addKey(router.home, { consumer: 'fresh' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await post(token)).status).toBe(200)
    await changeKeys(router.home, (keys) =>
      keys.map((key) => (key.consumer === 'fresh' ? { ...key, revoked: key.created } : key)),
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await post(token)).status).toBe(401)
  })
})

describe('the scope of a key', () => {
  test('given a key limited to some models, refuses others wherever they are named', async () => {
    const token = await addKey(router.home, { consumer: 'some', models: ['scr*', 'text-?'] })
    await until(async () => (await post(token)).status === 200)
    upstream.seen.length = 0
    expect((await post(token, 'secret')).status).toBe(403)
    for (const body of [
      '{"model":"scripted","model":"secret"}',
      '{"model":"secret","model":"scripted"}',
      '{"model":"scripted","Model":"secret"}',
    ]) {
      const sneaky = await ask(router.url, {
        method: 'POST',
        path: '/v1/responses?model=scripted',
        headers: { authorization: `Bearer ${token}` },
        body,
      })
      expect(JSON.parse(sneaky.body.toString()).error).toMatchObject({
        code: 'model_not_allowed',
        param: 'model',
      })
    }
    const nameless = await ask(router.url, {
      path: '/v1/files',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(nameless.status).toBe(403)
    expect(upstream.seen).toEqual([])
    const list = await ask(router.url, {
      path: '/v1/models',
      headers: { authorization: `Bearer ${token}` },
    })
    expect(JSON.parse(list.body.toString()).data.map((one: { id: string }) => one.id)).toEqual([
      'scripted',
    ])
  })

  test('given two content types that hide the fields of a form, refuses it', async () => {
    const token = await addKey(router.home, { consumer: 'form', models: ['scr*'] })
    await until(async () => (await post(token)).status === 200)
    upstream.seen.length = 0
    const part = (boundary: string, model: string) =>
      `--${boundary}\r\ncontent-disposition: form-data; name="model"\r\n\r\n${model}\r\n--${boundary}--`
    const body = `${part('a', 'scripted')}\r\n${part('b', 'secret')}`
    const { hostname } = new URL(router.url)
    const text = await talk(
      `POST /v1/audio/transcriptions HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n` +
        `Authorization: Bearer ${token}\r\nContent-Type: multipart/form-data; boundary=a\r\n` +
        `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    expect(text).toMatch(/^HTTP\/1\.1 403 /)
    expect(upstream.seen).toEqual([])
  })

  test('given a key limited to some endpoints, refuses others', async () => {
    const token = await addKey(router.home, { consumer: 'list', endpoints: ['models'] })
    await until(async () => (await post(token)).status === 403)
    const headers = { authorization: `Bearer ${token}` }
    expect((await ask(router.url, { path: '/v1/models', headers })).status).toBe(200)
  })
})

describe('the key file of a running router', () => {
  test('given a damaged, open or plain-token key file, keeps or reads what is safe', async () => {
    const file = join(router.home, 'server-keys.json')
    const good = await readFile(file, 'utf8')
    const readyz = async () => (await ask(router.url, { path: '/readyz' })).body.toString()

    await writeFile(file, `${good.slice(0, 40)} b00t-sk-canary-in-the-file`)
    await until(async () => (await readyz()).includes('ROUTER_KEYS_INVALID'))
    expect((await post(router.token)).status).toBe(200)
    expect(router.output().match(/ROUTER_KEYS_INVALID/g)?.length).toBeGreaterThan(0)
    expect(router.output()).not.toContain('canary-in-the-file')

    await writeFile(file, good)
    await chmod(file, 0o644)
    await until(
      async () => (await post(router.token)) && (await stat(file)).mode % 0o1000 === 0o600,
    )
    expect((await post(router.token)).status).toBe(200)
    await until(() => router.output().match(/its mode is now 0600/g)?.length === 1)

    const plain = mintToken()
    const entry = { consumer: 'old', created_at: '2026-01-01T00:00:00Z', access: [] }
    await writeFile(file, JSON.stringify({ keys: { [plain]: entry } }))
    await until(async () => (await post(plain)).status === 200)
    expect((await post(router.token)).status).toBe(401)

    await addKey(router.home, { consumer: 'next' })
    const rewritten = await readFile(file, 'utf8')
    expect(rewritten).not.toContain(plain)
    expect(rewritten).toContain(describeToken(plain).hash)
    await rm(file)
    await until(async () => (await post(plain)).status === 401)
    await until(() => router.output().includes('there is no key file: every key is refused'))
    await writeFile(file, good)
    await until(async () => (await post(router.token)).status === 200)
    expect(JSON.parse(await readyz()).problems).toEqual([])
  })
})

/** Sends bytes, and more once something has come back; resolves to all that came until the end. */
function talk(head: string, rest = ''): Promise<string> {
  const { hostname, port } = new URL(router.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(head))
    let text = ''
    socket.on('data', (chunk) => {
      if (text === '' && rest !== '') socket.write(rest)
      text += chunk
      if (rest === '') socket.end()
    })
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
}
