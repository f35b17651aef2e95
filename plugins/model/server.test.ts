import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningServer, sendInParts, startServer } from './server-fixture.ts'

const ASK = {
  model: 'sm0l',
  messages: [{ role: 'user', content: 'What is b00t?' }],
}

let server: RunningServer
beforeAll(async () => {
  server = await startServer('--alias=toy', '--context=128', '--parallel=2', '--queue=1')
})
afterAll(() => server[Symbol.asyncDispose]())

async function refusal(path: string, body?: unknown): Promise<object> {
  const response = await server.fetch(path, body)
  const { error } = (await response.json()) as { error: Record<string, unknown> }
  expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type'])
  return { status: response.status, ...error }
}

describe('GET', () => {
  test('given a running server, lets only its owner reach the socket', () => {
    expect(statSync(server.socket).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(server.socket)).mode & 0o777).toBe(0o700)
  })

  test('given /health, answers with what is served and that it is a toy', async () => {
    const response = await server.fetch('/health')
    expect(await response.json()).toEqual({
      status: 'ok',
      model: 'sm0l',
      context: 128,
      description: expect.stringContaining('toy'),
    })
  })

  test('given /v1/models, lists the model under all its names', async () => {
    const list = (await (await server.fetch('/v1/models')).json()) as { data: object[] }
    expect(list).toMatchObject({ object: 'list' })
    expect(list.data).toMatchObject([
      { id: 'sm0l', object: 'model', owned_by: 'b00t', created: expect.any(Number) },
      { id: 'toy' },
    ])
  })

  test('given another path, answers 404', async () => {
    expect(await refusal('/v1/other')).toEqual({
      status: 404,
      message: 'Cannot answer GET /v1/other: there is no such route',
      type: 'invalid_request_error',
      param: null,
      code: 'unknown_url',
    })
  })
})

describe('refusals', () => {
  const path = '/v1/chat/completions'

  test('given an unknown model, names what is served', async () => {
    expect(await refusal(path, { ...ASK, model: 'gpt-5' })).toEqual({
      status: 404,
      message: 'Cannot find the model "gpt-5": this endpoint serves sm0l, toy',
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    })
  })

  test.each([
    ['no model', { messages: ASK.messages }, 'model'],
    ['no messages', { model: 'sm0l' }, 'messages'],
    ['a temperature of 3', { ...ASK, temperature: 3 }, 'temperature'],
  ])('given %s, answers 400 and names the part', async (_, body, param) => {
    expect(await refusal(path, body)).toMatchObject({
      status: 400,
      param,
      type: 'invalid_request_error',
      code: 'invalid_value',
    })
  })

  test('given a body that is not JSON, answers 400', async () => {
    expect(await refusal(path, '{')).toMatchObject({ status: 400, code: 'invalid_json' })
  })

  test('given a body of more than 8 MiB, answers 413', async () => {
    const body = 'x'.repeat(8 * 1024 * 1024 + 1)
    expect(await refusal(path, body)).toMatchObject({ status: 413, code: 'request_too_large' })
  })

  test('given such a body whose length was not said before, answers 413 too', async () => {
    expect(await sendInParts(server.socket, 12)).toBe(413)
  })

  test('given a prompt longer than the context, answers 400 and says how long', async () => {
    const messages = [{ role: 'user', content: 'word '.repeat(300) }]
    expect(await refusal(path, { ...ASK, messages })).toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      message: expect.stringContaining('holds 128'),
    })
  })
})

describe('POST /v1/embeddings', () => {
  test('given two texts, gives two vectors of length 1', async () => {
    const response = await server.fetch('/v1/embeddings', { model: 'sm0l', input: ['a', 'b'] })
    const body = (await response.json()) as { data: { embedding: number[] }[] }
    expect(body).toMatchObject({ object: 'list', model: 'sm0l' })
    const lengths = body.data.map(({ embedding }) => Math.hypot(...embedding))
    expect(lengths.map((length) => length.toFixed(3))).toEqual(['1.000', '1.000'])
    expect(body.data[0]?.embedding).toHaveLength(128)
    expect(body.data[0]).not.toEqual(body.data[1])
  })

  test('given a text longer than the context, answers 400', async () => {
    const input = 'word '.repeat(300)
    expect(await refusal('/v1/embeddings', { model: 'sm0l', input })).toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
      param: 'input',
    })
  })
})
