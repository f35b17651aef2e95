import type { Server } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { serveApi } from './api.ts'
import { createLamps, type Lamps } from './lamps-fixture.ts'

let lamps: Lamps
let api: Server
let socket: string
beforeEach(async () => {
  lamps = createLamps()
  socket = join(lamps.path, 'api.sock')
  api = await serveApi(socket, {
    supervisor: lamps.supervisor,
    bus: lamps.bus,
    identity: { pid: 1, since: '' },
    role: 'operator',
    shutDown: async () => [{ key: 'a', state: 'unknown', pid: 7 }],
  })
})
afterEach(() => {
  api.close()
  api.closeAllConnections()
  lamps[Symbol.dispose]()
})

describe('serveApi()', () => {
  test.each([
    ['a body that is null', post('stop', 'null')],
    ['a body that is a list', post('stop', '[]')],
    ['a body that is no JSON', post('stop', '{')],
    ['an actor that is a number', post('stop', '{"name":"a","actor":5}')],
    ['a name that is a table', post('stop', '{"name":{}}')],
    ['a role that is null', post('apply', '{"role":null}')],
    ['no address', 'GET // HTTP/1.0\r\n\r\n'],
  ])('given %s, answers 400 with USAGE', async (_what, request) => {
    const answer = await ask(request)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('"code":"USAGE"')
  })

  test('given down, answers with what may still run', async () => {
    const answer = await ask(post('down', '{}'))
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer).toContain('"left":[{"key":"a","state":"unknown","pid":7}]')
  })

  test('given a follower who does not read, lets go of it and keeps those who do', async () => {
    const lazy = connect(socket)
    const keen = connect(socket)
    let heard = ''
    let isOver = false
    keen.on('data', (chunk) => {
      heard += chunk
    })
    lazy.once('close', () => {
      isOver = true
    })
    lazy.on('error', () => undefined)
    for (const follower of [lazy, keen]) {
      follower.write('GET /v1/events?follow=1 HTTP/1.0\r\n\r\n')
    }
    while (!heard.includes('200')) await pause(5)
    lazy.pause()
    const connections = () =>
      new Promise<number>((resolve) => api.getConnections((_error, count) => resolve(count)))
    while ((await connections()) > 1) {
      lamps.bus.emit('noise', 'x'.repeat(100_000))
      await pause(1)
    }
    lamps.bus.emit('last', 'word')
    while (!heard.includes('"last"')) await pause(5)
    lazy.resume()
    while (!isOver) await pause(5)
    keen.destroy()
  })
})

function post(word: string, body: string): string {
  return `POST /v1/${word} HTTP/1.0\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

async function ask(request: string): Promise<string> {
  const connection = connect(socket)
  connection.write(request)
  let text = ''
  for await (const chunk of connection) text += chunk
  return text
}
