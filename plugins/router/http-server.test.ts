import { type AddressInfo, connect } from 'node:net'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { ApiHandler } from './api.ts'
import { createHttp } from './http-server.ts'

const answerLate: ApiHandler = (_, response) => void setTimeout(() => response.end('late'), 300)
const http = createHttp(answerLate, { headMs: 100, otherMs: 100, lookEveryMs: 20 })
http.get('/half', (_, reply) => void reply.raw.write('half'))
http.get('/stuck', () => new Promise(() => undefined))
await http.listen({ host: '127.0.0.1', port: 0 })
afterEach(() => http.server.closeAllConnections())
afterAll(() => http.close())

/** Sends bytes, and more once something has come back; resolves to all that comes until the server hangs up. */
function talk(text: string, more = ''): Promise<string> {
  const { port } = http.server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk) => {
      if (answer === '' && more !== '') socket.write(more)
      answer += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}

describe('createHttp()', () => {
  test.each([
    ['nothing', ''],
    ['half a request line', 'POST /v1/chat'],
    ['half a head', 'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n'],
  ])('given a client that sends %s and no more, hangs up', async (_, text) => {
    expect(await talk(text)).toMatch(/^HTTP\/1\.1 408 /)
  })

  test.each([
    ['garbage', '400 bad_request', 'NONSENSE\r\n\r\n'],
    [
      'a head that is too large',
      '431 headers_too_large',
      `GET / HTTP/1.1\r\na: ${'a'.repeat(20_000)}`,
    ],
    [
      'two lengths that differ',
      '400 bad_request',
      'POST /v1/x HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('given %s, answers %s in the shape of the API and hangs up', async (_, refusal, text) => {
    const [status, code] = refusal.split(' ')
    const [head = '', body = ''] = (await talk(text)).split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*x-b00t-error: router`))
    expect(JSON.parse(body).error).toMatchObject({ type: 'invalid_request_error', code })
  })

  test('given garbage after an answer has begun, adds nothing to it', async () => {
    const head = 'GET /half HTTP/1.1\r\nhost: localhost\r\n\r\n'
    expect(await talk(head, 'NONSENSE\r\n\r\n')).not.toContain('bad_request')
  })

  test('given a request beside the API that does not end, hangs up', async () => {
    expect(await talk('GET /stuck HTTP/1.1\r\nhost: localhost\r\n\r\n')).toBe('')
  })

  test('given an answer of the API that takes longer, waits for it', async () => {
    const head = 'GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'
    expect(await talk(head)).toContain('late')
  })
})
