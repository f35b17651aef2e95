import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createScratchHome, type ScratchHome } from '../../core/cli/scratch-home-fixture.ts'
import { RULES } from '../fixtures/service-datum.ts'

const GGUF = fileURLToPath(new URL('../../datums/sm0l/sm0l.gguf', import.meta.url))
const QUESTION = { role: 'user', content: 'What is b00t?' } as const

describe('b00t up with a router and the toy model', { timeout: 60_000 }, () => {
  let scratch: ScratchHome
  let url: string
  let client: OpenAI

  beforeAll(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/v1`
    scratch = createScratchHome({
      ...RULES,
      'datums/main.router.toml': `[b00t]\nautostart = true\n[b00t.router]\nport = ${port}\n`,
      // Whatever else listens on this machine is none of this test's business.
      'home/server-soul.tomllm': '[soul]\nhostname = "test"\n',
      'datums/sm0l.model.toml': `[b00t]\nautostart = true\n[b00t.model]\npath = "${GGUF}"\n`,
    })
    await scratch.up()
    await scratch.reaches('main', ({ state }) => state === 'running')
    await scratch.reaches('sm0l', ({ state }) => state === 'running')
    const { stdout } = await scratch.b00t('server', 'key', 'create', '--consumer', 'alice')
    client = new OpenAI({ apiKey: stdout.trim(), baseURL: url, maxRetries: 0 })
  }, 60_000)

  afterAll(async () => {
    await scratch[Symbol.asyncDispose]()
  })

  test('given a chat, answers and stops by itself', async () => {
    const { choices, usage } = await client.chat.completions.create({
      model: 'sm0l',
      messages: [QUESTION],
    })
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant' } })
    expect(choices[0]?.message.content).toMatch(/b00t/)
    expect(usage?.completion_tokens).toBeGreaterThan(5)
  })

  test('given a streamed chat, sends the same answer in pieces', async () => {
    const whole = await client.chat.completions.create({ model: 'sm0l', messages: [QUESTION] })
    const stream = await client.chat.completions.create({
      model: 'sm0l',
      messages: [QUESTION],
      stream: true,
    })
    const pieces: string[] = []
    for await (const chunk of stream) pieces.push(chunk.choices[0]?.delta.content ?? '')
    expect(pieces.length).toBeGreaterThan(5)
    expect(pieces.join('')).toBe(whole.choices[0]?.message.content)
  })

  test('given texts, gives one vector for each', async () => {
    const { data } = await client.embeddings.create({ model: 'sm0l', input: ['one', 'two'] })
    expect(data.map(({ embedding }) => embedding.length)).toEqual([128, 128])
    expect(data[0]?.embedding).not.toEqual(data[1]?.embedding)
  })

  test('given a request for models, lists the toy as one', async () => {
    const { data } = await client.models.list()
    expect(data.map(({ id }) => id)).toEqual(['sm0l'])
    expect(JSON.stringify(data)).toMatch(/toy/)
  })

  test('given the name of a model, describes it or says what there is', async () => {
    expect(await client.models.retrieve('sm0l')).toMatchObject({ id: 'sm0l', object: 'model' })
    await expect(client.models.retrieve('gpt-9')).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    })
  })

  test('given a revoked key, refuses the next request', async () => {
    const { stdout } = await scratch.b00t('server', 'key', 'create', '--consumer', 'mallory')
    const other = new OpenAI({ apiKey: stdout.trim(), baseURL: url, maxRetries: 0 })
    await other.models.list()
    const listed = await scratch.b00t('server', 'key', 'list', '--json')
    const keys = JSON.parse(listed.stdout) as { id: string; consumer: string }[]
    const id = keys.find(({ consumer }) => consumer === 'mallory')?.id ?? ''
    expect((await scratch.b00t('server', 'key', 'revoke', id)).code).toBe(0)
    await expect(other.models.list()).rejects.toMatchObject({
      status: 401,
      code: 'invalid_api_key',
    })
  })

  test('given requests, sums them up by consumer without a word of them', async () => {
    await client.chat.completions.create({ model: 'sm0l', messages: [QUESTION] })
    const { stdout } = await scratch.b00t('server', 'spotlight', 'query', '--json')
    expect(stdout).toMatch(/alice/)
    const lines = readFileSync(join(scratch.home, 'spotlight.jsonl'), 'utf8')
    expect(lines).toMatch(/"model":"sm0l"/)
    expect(lines).not.toMatch(/What is b00t|b00t-sk-/)
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
