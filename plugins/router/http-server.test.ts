import { type AddressInfo, connect } from 'node:net'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { ApiHandler } from './api.ts'
import { createHttp } from './http-server.ts'

const answerLate: ApiHandler = (_, response) => void setTimeout(() => response.end('late'), 300)
const http = createHttp(answerLate, { headMs: 100, otherMs: 100, lookEveryMs: 20 })
http.get('/stuck', () => new Promise(() => undefined))
await http.listen({ host: '127.0.0.1', port: 0 })
afterEach(() => http.server.closeAllConnections())
afterAll(() => http.close())

/** Sends bytes and resolves to all that comes back until the server hangs up. */
function talk(text: string): Promise<string> {
  const { port } = http.server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk) => {
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

  test('given a request beside the API that does not end, hangs up', async () => {
    expect(await talk('GET /stuck HTTP/1.1\r\nhost: localhost\r\n\r\n')).toBe('')
  })

  test('given an answer of the API that takes longer, waits for it', async () => {
    const head = 'GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'
    expect(await talk(head)).toContain('late')
  })
})
