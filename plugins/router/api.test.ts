import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createApi } from './api.ts'
import { createHttp } from './http-server.ts'
import { createKey } from './key-commands.ts'
import type { SpotlightRecord } from './spotlight.ts'
import { openState } from './state.ts'

test('createApi() given a client that stops in the middle of its body, answers 408 and hangs up', async () => {
  const home = await mkdtemp(join(tmpdir(), 'b00t-api-'))
  const { token } = await createKey(home, { consumer: 'c' })
  const environment = { B00T_SERVER_UPSTREAM_URL: 'http://127.0.0.1:1' }
  const state = openState({ home, environment, log: pino({ enabled: false }) })
  const { promise: record, resolve: onEnd } = Promise.withResolvers<SpotlightRecord>()
  const api = createApi({
    ...state,
    ...{ environment, onEnd, onBegin: () => undefined, isDraining: () => false },
    ...{ isOurHost: () => true, maxBodyBytes: 1000, bodyIdleMs: 50 },
  })
  const http = createHttp(api)
  await http.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((http.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n` +
      'content-length: 100\r\n\r\n{"model":',
  )
  const [head = '', body = ''] = (await socket.toArray()).join('').split('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1\.1 408 /)
  expect(head).toContain('connection: close')
  expect(JSON.parse(body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)).error).toMatchObject({
    type: 'invalid_request_error',
    code: 'request_timeout',
    param: null,
  })
  expect(await record).toMatchObject({ status: 408, end: 'timeout', consumer: 'c' })
  await http.close()
  await state.close()
  await rm(home, { recursive: true })
})
