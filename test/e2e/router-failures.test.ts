import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  addKey,
  ask,
  type RouterProcess,
  startRouterProcess,
  until,
} from '../fixtures/router-process.ts'
import { CHAT_EVENTS, type ScriptedUpstream, startUpstream } from '../fixtures/scripted-upstream.ts'

let upstream: ScriptedUpstream
let router: RouterProcess

beforeAll(async () => {
  upstream = await startUpstream()
  router = await startRouterProcess({
    environment: { B00T_SERVER_UPSTREAM_URL: upstream.url },
    arguments: ['--max-body-bytes', '100000'],
  })
})

afterAll(async () => {
  await router?.[Symbol.asyncDispose]()
  await upstream?.close()
})

beforeEach(() => {
  upstream.reset()
})

const path = '/v1/chat/completions'
const headers = () => ({ authorization: `Bearer ${router.token}` })
const chat = { model: 'scripted', messages: [{ role: 'user' as const, content: 'Hi' }] }

describe('a client that goes away', () => {
  test.each([
    ['before the answer begins', 0],
    ['in the middle of a stream', 2],
  ])('given it leaves %s, the backend sees its request aborted', async (_, events) => {
    const before = upstream.aborted()
    upstream.answerWith((_seen, response) => {
      if (events === 0) return
      response.setHeader('content-type', 'text/event-stream')
      response.write(CHAT_EVENTS.slice(0, events).join(''))
    })
    const { hostname, port } = new URL(router.url)
    const call = request({ hostname, port, path, method: 'POST', headers: headers() })
    call.on('error', () => undefined)
    const answered = new Promise((resolve) =>
      call.on('response', (res) => res.once('data', resolve)),
    )
    call.end(JSON.stringify({ ...chat, model: `leaver-${events}` }))
    await (events === 0 ? until(() => upstream.seen.length === 1) : answered)
    call.destroy()
    await until(() => upstream.aborted() === before + 1)
    const [record] = await router.records((one) => one.model === `leaver-${events}`)
    expect(record).toMatchObject({ end: 'client_abort', status: events === 0 ? 499 : 200 })
  })

  test('given it leaves during its upload, no backend is asked', async () => {
    const { hostname, port } = new URL(router.url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${router.token}\r\n` +
        'Content-Length: 5000\r\nX-Request-Id: half-an-upload\r\n\r\n{"model":',
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    const [record] = await router.records((one) => one.request_id === 'half-an-upload')
    expect(record?.end).toBe('client_abort')
    expect(upstream.seen).toEqual([])
  })
})

describe('a backend that goes away', () => {
  test('given it dies inside an event, the stream ends with an error event and no [DONE]', async () => {
    const sent = `${CHAT_EVENTS[0]}data: {"id":"c1","obj`
    upstream.answerWith(async (_, response) => {
      response.setHeader('content-type', 'text/event-stream')
      response.write(sent)
      await new Promise((resolve) => setTimeout(resolve, 20))
      response.destroy()
    })
    const body = JSON.stringify({ ...chat, stream: true })
    const answer = await ask(router.url, { method: 'POST', path, headers: headers(), body })
    const [before, frame] = answer.body.toString().split('\n\ndata: {"error"')
    expect(`${before}`).toBe(sent)
    expect(answer.complete).toBe(true)
    expect(JSON.parse(`{"error"${frame}`).error).toEqual({
      message: expect.stringContaining('closed the connection'),
      type: 'upstream_error',
      param: null,
      code: 'upstream_disconnected',
    })
  })

  test('given it dies between two events, the official client raises the error', async () => {
    upstream.answerWith(async (_, response) => {
      response.setHeader('content-type', 'text/event-stream')
      response.write(CHAT_EVENTS[0])
      await new Promise((resolve) => setTimeout(resolve, 20))
      response.destroy()
    })
    const client = new OpenAI({ baseURL: `${router.url}/v1`, apiKey: router.token, maxRetries: 0 })
    const stream = await client.chat.completions.create({ ...chat, stream: true })
    const read = async () => {
      for await (const _ of stream);
    }
    await expect(read()).rejects.toThrow(/closed the connection/)
  })
})

describe('a backend that goes away without a stream', () => {
  test('given it dies inside a plain answer, the client sees it cut off', async () => {
    upstream.answerWith(async (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"half":')
      await new Promise((resolve) => setTimeout(resolve, 20))
      response.destroy()
    })
    const body = JSON.stringify({ ...chat, model: 'half' })
    const answer = await ask(router.url, { method: 'POST', path, headers: headers(), body })
    expect(answer.complete).toBe(false)
    const [record] = await router.records((one) => one.model === 'half')
    expect(record?.end).toBe('upstream_disconnect')
  })

  test('given it hangs up without an answer, the client gets 502', async () => {
    upstream.answerWith((_, response) => void response.destroy())
    const body = JSON.stringify(chat)
    const answer = await ask(router.url, { method: 'POST', path, headers: headers(), body })
    expect(answer).toMatchObject({ status: 502, headers: { 'x-b00t-error': 'router' } })
    expect(JSON.parse(answer.body.toString()).error.code).toBe('backend_unavailable')
  })
})

describe('a request that cannot be served', () => {
  test.each([
    ['no JSON', 'not json', { code: 'invalid_json', param: null }],
    ['cut-off JSON', '{"model":"scripted"', { code: 'invalid_json', param: null }],
    ['an empty body', '', { code: 'missing_required_parameter', param: 'model' }],
    ['no model', '{"messages":[]}', { code: 'missing_required_parameter', param: 'model' }],
    ['a model that is a number', '{"model":7}', { code: 'invalid_type', param: 'model' }],
  ])('given %s, answers 400 and asks no backend', async (_, body, error) => {
    const answer = await ask(router.url, { method: 'POST', path, headers: headers(), body })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body.toString()).error).toMatchObject(error)
    expect(upstream.seen).toEqual([])
  })

  test.each([
    ['announced', { 'content-length': '100001' }],
    ['not announced', { 'transfer-encoding': 'chunked' }],
  ])('given a body over the limit, %s, answers 413 and closes', async (_, extra) => {
    const body = `{"model":"${'x'.repeat(100_001 - 12)}"}`
    const question = { method: 'POST', path, headers: { ...headers(), ...extra }, body }
    const answer = await ask(router.url, question)
    expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } })
    expect(JSON.parse(answer.body.toString()).error.code).toBe('request_too_large')
    expect(upstream.seen).toEqual([])
  })
})

describe('what a router leaves behind', () => {
  test('given keys and prompts, none of them is in any file, log or process list', async () => {
    const canary = 'canary-prompt-5d1f'
    const token = await addKey(router.home, { consumer: 'canary' })
    upstream.answerWith((_, response) => void response.end(`{"completion":"${canary}"}`))
    const call = (query: string, body: string) =>
      ask(router.url, {
        method: 'POST',
        path: `${path}?q=${query}`,
        headers: { authorization: `Bearer ${token}`, 'x-prompt': canary },
        body,
      })
    await until(async () => (await call(canary, JSON.stringify(chat))).status === 200)
    await call(canary, `{"messages":"${canary}", nonsense`)
    await ask(router.url, { path: `/v1/${token}/x?key=${token}`, headers: { 'x-api-key': canary } })
    const [rejected] = await router.records((one) => one.endpoint === '/v1/*')
    expect(rejected).toMatchObject({ status: 401, consumer: null, key_id: null, model: null })
    expect(rejected?.end).toBe('rejected')
    const texts = [
      router.output(),
      execFileSync('ps', ['axww', '-o', 'args'], { encoding: 'utf8' }),
    ]
    for (const name of await readdir(router.home)) {
      const text = await readFile(join(router.home, name), 'utf8').catch(() => '')
      texts.push(text)
    }
    for (const text of texts) {
      for (const secret of [canary, token, router.token]) expect(text).not.toContain(secret)
    }
  })
})

describe('the end of a router', () => {
  test('given SIGTERM during a stream, is not ready at once, finishes the stream and exits 0', async () => {
    await using other = await startRouterProcess({
      environment: { B00T_SERVER_UPSTREAM_URL: upstream.url },
    })
    let finish = () => {}
    upstream.answerWith((_, response) => {
      response.setHeader('content-type', 'text/event-stream')
      response.write(CHAT_EVENTS[0])
      finish = () => response.end(CHAT_EVENTS.slice(1).join(''))
    })
    const bearer = { authorization: `Bearer ${other.token}` }
    const body = JSON.stringify({ ...chat, stream: true })
    const streamed = ask(other.url, { method: 'POST', path, headers: bearer, body })
    await until(() => upstream.seen.length === 1)
    const stopped = other.stop()
    await until(async () => (await ask(other.url, { path: '/readyz' })).status === 503)
    const refused = await ask(other.url, { path: '/v1/models', headers: bearer })
    expect(refused.status).toBe(503)
    finish()
    expect((await streamed).body.toString()).toBe(CHAT_EVENTS.join(''))
    expect(await stopped).toBe(0)
  })
})

describe('a client that reads slowly', () => {
  test('given it does not read, the backend is held back instead of being buffered', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x')
    let sent = 0
    upstream.answerWith(async (_, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      const closed = once(response, 'close')
      while (sent < 256 * 1024 * 1024 && !response.destroyed) {
        sent += piece.length
        if (response.write(piece)) continue
        await Promise.race([once(response, 'drain'), closed])
      }
      response.end()
    })
    const { hostname, port } = new URL(router.url)
    const call = request({ hostname, port, path: '/v1/files', headers: headers() })
    call.on('error', () => undefined)
    const answered = new Promise<void>((resolve) => call.on('response', () => resolve()))
    call.end()
    await answered
    let before = -1
    await until(async () => {
      const isStill = sent === before
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 200))
      return isStill
    })
    expect(sent).toBeLessThan(64 * 1024 * 1024)
    call.destroy()
  })
})
