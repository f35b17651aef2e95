import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { openExchange, refuse } from './exchange.ts'
import type { SpotlightRecord } from './spotlight.ts'

test('refuse() given an answer that has begun, cuts it off and ends the exchange', async () => {
  const { promise: record, resolve } = Promise.withResolvers<SpotlightRecord>()
  let aborted = false
  const server = createServer((incoming, response) => {
    const exchange = openExchange(incoming, response, resolve)
    exchange.abort = () => {
      aborted = true
    }
    response.writeHead(200, { 'content-length': '100' })
    response.write('half')
    setTimeout(() => refuse(exchange, { status: 500, code: 'x', message: 'X' }, 'upstream_error'))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const call = request({ host: '127.0.0.1', port, path: '/v1/models' }, (answer) => answer.resume())
  call.on('error', () => undefined)
  call.end()
  expect(await record).toMatchObject({ status: 200, end: 'upstream_error' })
  expect(aborted).toBe(true)
  await new Promise((closed) => server.close(closed))
})
