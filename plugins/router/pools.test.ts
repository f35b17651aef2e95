import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createPools } from './pools.ts'

test('keepOnly() given a pool in use that is not kept, closes it after its request', async () => {
  const { promise: asked, resolve: sayAsked } = Promise.withResolvers<() => void>()
  const server = createServer((_, response) => sayAsked(() => response.end('late')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`
  const pools = createPools()
  const kept = pools.get({ url: 'http://127.0.0.1:1/v1' })
  const gone = pools.get({ url })
  expect(gone.basePath).toBe('/api/v1')

  const answer = gone.dispatcher.request({ path: '/', method: 'GET' })
  const finish = await asked
  pools.keepOnly([{ url: 'http://127.0.0.1:1/v1' }])
  expect(pools.get({ url: 'http://127.0.0.1:1/v1' })).toBe(kept)
  expect(pools.get({ url })).not.toBe(gone)
  finish()
  expect(await (await answer).body.text()).toBe('late')
  await expect.poll(() => gone.dispatcher.closed, { timeout: 10_000 }).toBe(true)
  await expect(gone.dispatcher.request({ path: '/', method: 'GET' })).rejects.toMatchObject({
    code: 'UND_ERR_CLOSED',
  })
  await pools.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
