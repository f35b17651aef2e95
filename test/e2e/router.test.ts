import { gzipSync } from 'node:zlib'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ask, type RouterProcess, startRouterProcess } from '../fixtures/router-process.ts'
import {
  CHAT_EVENTS,
  type ScriptedUpstream,
  sendInPieces,
  startUpstream,
} from '../fixtures/scripted-upstream.ts'

let upstream: ScriptedUpstream
let router: RouterProcess
let client: OpenAI

beforeAll(async () => {
  upstream = await startUpstream()
  router = await startRouterProcess({
    environment: {
      B00T_SERVER_UPSTREAM_URL: ` ${upstream.url} `,
      B00T_SERVER_UPSTREAM_KEY: 'sk-of-the-backend',
    },
  })
  client = new OpenAI({ baseURL: `${router.url}/v1`, apiKey: router.token, maxRetries: 0 })
})

afterAll(async () => {
  await router?.[Symbol.asyncDispose]()
  await upstream?.close()
})

beforeEach(() => {
  upstream.reset()
})

const chat = { model: 'scripted', messages: [{ role: 'user' as const, content: 'Hi' }] }
const bearer = () => ({ authorization: `Bearer ${router.token}` })
const json = () => ({ ...bearer(), 'content-type': 'application/json' })

describe('the router with the official client', () => {
  test('given a chat request, answers with the completion', async () => {
    const answer = await client.chat.completions.create(chat)
    expect(answer.choices[0]?.message.content).toBe('Hello from the script')
    expect(answer.usage?.total_tokens).toBe(10)
  })

  test('given a streamed chat request, yields every piece', async () => {
    const stream = await client.chat.completions.create({ ...chat, stream: true })
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe('Grüße 🌍')
  })

  test('given an embeddings request, answers with the vector', async () => {
    const answer = await client.embeddings.create({
      model: 'scripted',
      input: 'x',
      encoding_format: 'float',
    })
    expect(answer.data[0]?.embedding).toEqual([0.25, -0.5])
  })

  test('given a request for the models, lists them', async () => {
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['scripted'])
  })

  test('given a wrong key, raises AuthenticationError', async () => {
    const stranger = new OpenAI({
      baseURL: `${router.url}/v1`,
      apiKey: 'b00t-sk-no',
      maxRetries: 0,
    })
    await expect(stranger.chat.completions.create(chat)).rejects.toBeInstanceOf(
      OpenAI.AuthenticationError,
    )
    await expect(stranger.models.list()).rejects.toMatchObject({ code: 'invalid_api_key' })
  })

  test('given no model, raises BadRequestError that names the parameter', async () => {
    const error = await client.chat.completions
      .create({ messages: chat.messages } as never)
      .catch((thrown) => thrown)
    expect(error).toBeInstanceOf(OpenAI.BadRequestError)
    expect(error).toMatchObject({ param: 'model', type: 'invalid_request_error' })
    expect(upstream.seen).toEqual([])
  })
})

describe('the router between two byte streams', () => {
  test('given an odd but valid body and query, the backend gets the same bytes', async () => {
    const body = Buffer.from(
      '{ "n" : 12345678901234567890,\n\t"mod\\u0065l":"scripted", "a":"ü" }\n',
    )
    const path = '/v1/chat/completions?api-version=2024-01-01&x=%41+b'
    await ask(router.url, { method: 'POST', path, headers: json(), body })
    expect(upstream.seen[0]?.body.equals(body)).toBe(true)
    expect(upstream.seen[0]?.url).toBe(path)
  })

  test.each([
    ['one byte at a time', [1]],
    ['in odd pieces', [3, 7, 64, 2]],
    ['at once', [100_000]],
  ])('given an event stream %s, the client gets the same bytes', async (_, sizes) => {
    const bytes = Buffer.from(CHAT_EVENTS.join(''))
    upstream.answerWith(async (_seen, response) => {
      response.setHeader('content-type', 'text/event-stream; charset=utf-8')
      await sendInPieces(response, bytes, sizes)
      response.end()
    })
    const answer = await ask(router.url, {
      method: 'POST',
      path: '/v1/chat/completions',
      headers: json(),
      body: JSON.stringify({ ...chat, stream: true }),
    })
    expect(answer.body.equals(bytes)).toBe(true)
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    const [record] = await router.records((one) => one.stream && one.model === 'scripted')
    expect(record).toMatchObject({ prompt_tokens: 7, completion_tokens: 3, end: 'ok' })
  })
})

describe('the answers of a backend', () => {
  test('given an error, a redirect or a compressed body, the client gets it unchanged', async () => {
    const cases = [
      { status: 429, headers: { 'retry-after': '7' }, body: Buffer.from('slow\r\ndown') },
      { status: 307, headers: { location: 'http://127.0.0.1:9/elsewhere' }, body: Buffer.from('') },
      { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync('{"a":1}') },
      { status: 500, headers: { 'content-type': 'text/html' }, body: Buffer.from('<b>no</b>') },
    ]
    for (const { status, headers, body } of cases) {
      upstream.answerWith((_, response) => {
        response.writeHead(status, headers).end(body)
      })
      const answer = await ask(router.url, { path: '/v1/files', headers: bearer() })
      expect(answer.status).toBe(status)
      expect(answer.body.equals(body)).toBe(true)
      expect(answer.headers).toMatchObject({ ...headers, 'x-b00t-backend': 'override' })
      expect(answer.headers['x-b00t-error']).toBeUndefined()
    }
  })
})

describe('the headers a backend gets', () => {
  test('given headers of one connection or of the client alone, the backend does not get them', async () => {
    upstream.answerWith((_, response) => {
      response.writeHead(200, [
        ...['set-cookie', 'a=1', 'x-once', 'gone', 'connection', 'x-once', 'x-stays', 'here'],
        ...['x-request-id', 'theirs', 'x-b00t-error', 'forged'],
      ])
      response.end('{}')
    })
    const answer = await ask(router.url, {
      path: '/v1/files',
      headers: {
        ...bearer(),
        'x-api-key': router.token,
        ...{ 'api-key': 'c1', 'x-goog-api-key': 'c2', cookie: 'c3', 'proxy-authorization': 'c4' },
        ...{ connection: 'x-private, close', 'x-private': 'c5', te: 'trailers' },
        'x-kept': 'yes',
      },
    })
    const { headers = {} } = upstream.seen[0] ?? {}
    expect(headers.authorization).toBe('Bearer sk-of-the-backend')
    expect(headers['x-kept']).toBe('yes')
    const dropped = ['x-api-key', 'api-key', 'x-goog-api-key', 'cookie', 'proxy-authorization']
    for (const name of [...dropped, 'x-private', 'te']) expect(headers[name]).toBeUndefined()
    expect(answer.headers).toMatchObject({ 'x-stays': 'here', 'x-request-id': 'theirs' })
    for (const name of ['set-cookie', 'x-once', 'x-b00t-error']) {
      expect(answer.headers[name]).toBeUndefined()
    }
  })
})

describe('the request id of a backend', () => {
  test('given one that is no id, the client gets it and our files do not', async () => {
    const long = 'x'.repeat(5000)
    upstream.answerWith((_, response) => void response.setHeader('x-request-id', long).end('{}'))
    const mine = 'odd-id-of-a-backend'
    const answer = await ask(router.url, {
      path: '/v1/files',
      headers: { ...bearer(), 'x-request-id': mine },
    })
    expect(answer.headers['x-request-id']).toBe(long)
    expect(await router.records((one) => one.request_id === mine)).toHaveLength(1)
  })
})

describe('the requests a backend gets', () => {
  test('given a multipart upload, reads the model and passes the bytes on', async () => {
    const body = Buffer.from(
      '--xyz\r\ncontent-disposition: form-data; name="file"; filename="model"\r\n\r\n\0\x01\x02\r\n' +
        '--xyz\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper\r\n--xyz--\r\n',
      'latin1',
    )
    upstream.answerWith((_, response) => void response.end('{}'))
    await ask(router.url, {
      method: 'POST',
      path: '/v1/audio/transcriptions',
      headers: { ...bearer(), 'content-type': 'multipart/form-data; boundary=xyz' },
      body,
    })
    expect(upstream.seen[0]?.body.equals(body)).toBe(true)
    expect(await router.records((one) => one.model === 'whisper')).toHaveLength(1)
  })

  test('given a HEAD request, passes it on and answers without a body', async () => {
    upstream.answerWith((_, response) => void response.writeHead(200, { 'x-head': 'yes' }).end())
    const answer = await ask(router.url, { method: 'HEAD', path: '/v1/files', headers: bearer() })
    expect(answer).toMatchObject({ status: 200, headers: { 'x-head': 'yes' } })
    expect(upstream.seen[0]?.method).toBe('HEAD')
  })
})

describe('the paths of the API', () => {
  test.each([
    ['/v1/v1/models', 404],
    ['/v1', 404],
    ['/v1/../admin', 400],
    ['/v1/%2e%2e/admin', 400],
    ['/v1/x/.%2E/%2e./admin', 400],
    ['/v1/..%2fadmin', 400],
    ['/v1/files/..%5cadmin', 400],
    ['/v1/%252e%252e/admin', 400],
  ])('given the path %s, refuses it with %i and asks no backend', async (path, status) => {
    const answer = await ask(router.url, { path, headers: bearer() })
    expect(answer.status).toBe(status)
    expect(answer.headers['x-b00t-error']).toBe('router')
    expect(Object.keys(JSON.parse(answer.body.toString()).error)).toEqual([
      ...['message', 'type', 'param', 'code'],
    ])
    expect(upstream.seen).toEqual([])
  })

  test('given a model name with an encoded slash, passes the path on as it is', async () => {
    upstream.answerWith((_, response) => void response.end('{}'))
    await ask(router.url, { path: '/v1/models/meta%2Fllama', headers: bearer() })
    expect(upstream.seen[0]?.url).toBe('/v1/models/meta%2Fllama')
  })
})

describe('the routes beside the API', () => {
  test('given a request from this machine, answers without a key', async () => {
    const alive = await ask(router.url, { path: '/healthz' })
    expect(JSON.parse(alive.body.toString())).toEqual({ status: 'alive' })
    const ready = await ask(router.url, { path: '/readyz' })
    expect(JSON.parse(ready.body.toString())).toMatchObject({
      status: 'ready',
      endpoints: [{ name: 'override', usable: true }],
      problems: [],
    })
    const metrics = await ask(router.url, { path: '/metrics' })
    expect(metrics.headers['content-type']).toContain('text/plain')
    expect(metrics.body.toString()).toContain('b00t_router_requests_in_flight 0')
    const other = await ask(router.url, { path: '/elsewhere' })
    expect(other).toMatchObject({ status: 404, headers: { 'x-b00t-error': 'router' } })
  })
})
