import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { Exchange } from './exchange.ts'
import type { Key } from './key.ts'
import { checkModel } from './model-rules.ts'
import { readModel } from './requested-model.ts'

const key: Key = {
  ...{ id: 'k', consumer: 'c', prefix: 'p', hash: 'h', created: '', models: ['cheap'] },
}

/** The status with which a key for `cheap` alone is refused. */
function statusOf(request: {
  readonly route: string
  readonly body?: string
  readonly contentType?: string
  readonly query?: string
}): number | undefined {
  const { route, body, contentType, query = '' } = request
  const asked = readModel({
    ...{ method: 'POST', route, query, contentType, contentEncoding: undefined },
    body: body === undefined ? undefined : Buffer.from(body),
  })
  const exchange = { request: { method: 'POST' } as IncomingMessage } as Exchange
  return checkModel({ exchange, key, target: { route, search: '' } }, asked)?.status
}

const field = (boundary: string, name: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\n${name}\r\n`

describe('checkModel()', () => {
  test.each([
    ['[]', 'The request body must be a JSON object'],
    ['null', 'The request body must be a JSON object'],
    ['{"model"', 'The request body is not valid JSON'],
  ])('given the body %s, refuses it with the reason', (body, message) => {
    const question = {
      method: 'POST',
      route: 'chat/completions',
      query: '',
      contentType: undefined,
    }
    const asked = readModel({ ...question, contentEncoding: undefined, body: Buffer.from(body) })
    const exchange = { request: { method: 'POST' } as IncomingMessage } as Exchange
    const target = { route: question.route, search: '' }
    expect(checkModel({ exchange, key, target }, asked)).toMatchObject({ status: 400, message })
  })

  test.each([
    { route: 'chat/completions', body: '{"model":"cheap"}' },
    { route: 'responses', body: '{"model":"cheap","model":"cheap"}' },
    { route: 'models/cheap' },
    { route: 'x', query: 'model=cheap' },
    {
      route: 'audio/transcriptions',
      contentType: 'multipart/form-data; boundary=a',
      body: `${field('a', 'cheap')}--a--\r\n`,
    },
  ])('given a limited key and its own model in %j, lets it pass', (request) => {
    expect(statusOf(request)).toBeUndefined()
  })

  test.each([
    { route: 'chat/completions', body: '{"model":"cheap","Model":"secret"}' },
    { route: 'chat/completions', body: '{"MODEL":"secret","model":"cheap"}' },
    { route: 'chat/completions', body: '{"model":"secret","model":"cheap"}' },
    { route: 'chat/completions', body: '{"model":"cheap","Model":null}' },
    { route: 'responses', query: 'model=cheap', body: '{"previous":"x"}' },
    { route: 'x', query: 'model=cheap&Model=secret' },
    {
      route: 'audio/transcriptions',
      contentType: 'multipart/form-data; boundary=a; x-boundary=b',
      body: `${field('a', 'secret')}--a--\r\n${field('b', 'cheap')}--b--`,
    },
    {
      route: 'chat/completions',
      contentType: 'multipart/form-data; boundary=b',
      body: `{"model":"secret"}\r\n${field('b', 'cheap')}--b--`,
    },
    {
      route: 'responses',
      contentType: 'multipart/form-data; boundary=b',
      body: '{"model":"secret"}',
    },
    {
      route: 'audio/transcriptions',
      query: 'model=cheap',
      contentType: 'application/x-www-form-urlencoded',
      body: 'model=secret',
    },
  ])('given a limited key and another model in %j, refuses it', (request) => {
    expect([400, 403]).toContain(statusOf(request))
  })
})
