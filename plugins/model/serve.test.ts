import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeFolder, runServer, SM0L, startServer } from './server-fixture.ts'

const ASK = {
  model: 'sm0l',
  messages: [{ role: 'user', content: 'What is b00t?' }],
}

describe('the server process', () => {
  test('given SIGTERM while an answer streams, finishes it, ends with 0 and removes the socket', async () => {
    await using other = await startServer()
    const response = await other.fetch('/v1/chat/completions', { ...ASK, stream: true })
    const ended = once(other.process, 'exit')
    other.process.kill('SIGTERM')
    expect(await response.text()).toMatch(/\[DONE\]\n\n$/)
    expect(await ended).toEqual([0, null])
    expect(existsSync(other.socket)).toBe(false)
  })

  test('given a socket that a dead server left behind, takes its place', async () => {
    await using other = await startServer()
    const ended = once(other.process, 'exit')
    other.process.kill('SIGKILL')
    await ended
    expect(existsSync(other.socket)).toBe(true)
    const words = [`--gguf=${SM0L}.gone`, '--name=sm0l', `--socket=${other.socket}`]
    expect((await runServer(...words)).stderr).toContain('MODEL_FILE_UNREADABLE')
    expect(existsSync(other.socket)).toBe(false)
  })

  test('given a socket on which another server listens, leaves it alone', async () => {
    await using server = await startServer()
    const words = [`--gguf=${SM0L}`, '--name=sm0l', `--socket=${server.socket}`]
    expect(await runServer(...words)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^MODEL_SOCKET: .*another process does already/),
    })
    expect((await server.fetch('/health')).status).toBe(200)
  })
})

describe('a server process that cannot serve', () => {
  test('given a file that was cut off, says where and never loads it', async () => {
    using folder = makeFolder()
    const gguf = join(folder.path, 'cut.gguf')
    writeFileSync(gguf, readFileSync(SM0L).subarray(0, 200_000))
    const words = [`--gguf=${gguf}`, '--name=x', `--socket=${join(folder.path, 's')}`]
    expect(await runServer(...words)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^MODEL_FILE_TRUNCATED: .* the file has 200000\. Next: /),
    })
  })

  test('given a file in the place of the socket, leaves it alone', async () => {
    using folder = makeFolder()
    const socket = join(folder.path, 'notes.txt')
    writeFileSync(socket, 'mine')
    expect(await runServer(`--gguf=${SM0L}`, '--name=x', `--socket=${socket}`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^MODEL_SOCKET: .*something else is there/),
    })
    expect(readFileSync(socket, 'utf8')).toBe('mine')
  })

  test('given no socket, says which option is missing', async () => {
    expect(await runServer('--gguf=x', '--name=x')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the option --socket is missing'),
    })
  })

  test('given a word it does not know, says so', async () => {
    expect((await runServer('--shout')).stderr).toMatch(/^MODEL_USAGE: /)
  })
})
