import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type BodyLimits, type BodyReading, readBody } from './request-body.ts'

let server: Server
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Sends a request with these bytes as the beginning of its body and reads it within the limits. */
async function readOver(sent: string, limits: BodyLimits): Promise<BodyReading> {
  const { promise, resolve } = Promise.withResolvers<BodyReading>()
  server = createServer((request) => void readBody(request, limits).then(resolve))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n${sent}`)
  return promise
}

describe('readBody()', () => {
  test('given a client that sends half of it and no more, gives up', async () => {
    expect(await readOver('12345', { maxBodyBytes: 10, bodyIdleMs: 50 })).toEqual({
      outcome: 'stalled',
    })
  })

  test('given all of it, reads it', async () => {
    const reading = await readOver('1234567890', { maxBodyBytes: 10, bodyIdleMs: 10_000 })
    expect(reading).toEqual({ outcome: 'read', body: Buffer.from('1234567890') })
  })

  test('given more than the limit, does not read it', async () => {
    expect(await readOver('', { maxBodyBytes: 9, bodyIdleMs: 10_000 })).toEqual({
      outcome: 'too_large',
    })
  })
})
