import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { accepts } from '../fixtures/accepts.ts'
import { findFreePorts, portsIn, replacePorts } from './sample-ports.ts'

describe('portsIn()', () => {
  test('given ports at any depth, finds them and no other number', () => {
    const table = { port: 1, ready_port: 2, ports: [3, 4], probe: { port: 5 }, report: 6, width: 7 }
    expect(
      portsIn({ ...table, transport: 8, lists: [{ host_port: 9 }], off: { port: 0 } }),
    ).toEqual([1, 2, 3, 4, 5, 9])
  })
})

describe('replacePorts()', () => {
  test('given ports in numbers and in text, exchanges them and nothing like them', () => {
    const map = new Map([[8080, 41000]])
    const table = {
      port: 8080,
      width: 8080,
      argv: ['8080', '--port=8080', '18080', 'model-8080', 'http://127.0.0.1:8080/v1', '1.8080'],
    }
    expect(replacePorts(table, map)).toEqual({
      port: 41000,
      width: 8080,
      argv: ['41000', '--port=41000', '18080', 'model-8080', 'http://127.0.0.1:41000/v1', '1.8080'],
    })
  })
})

describe('findFreePorts()', () => {
  test('given ports, some twice, finds a free one for each', async () => {
    const map = await findFreePorts([80, 81, 80])
    expect([...map.keys()]).toEqual([80, 81])
    const [port = 0] = map.values()
    expect(await accepts({ port, host: '127.0.0.1' })).toBe(false)
    const server = createServer()
    await once(server.listen(port, '127.0.0.1'), 'listening')
    expect(await accepts({ port, host: '127.0.0.1' })).toBe(true)
    await once(server.close(), 'close')
  })
})
