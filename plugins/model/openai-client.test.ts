import OpenAI from 'openai'
import { Agent, fetch } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningServer, startServer } from './server-fixture.ts'

let server: RunningServer
let client: OpenAI
beforeAll(async () => {
  server = await startServer()
  const dispatcher = new Agent({ connect: { socketPath: server.socket } })
  client = new OpenAI({
    apiKey: 'unused',
    baseURL: 'http://localhost/v1',
    maxRetries: 0,
    fetch: ((url: string, init: object) =>
      fetch(url, { ...init, dispatcher })) as unknown as typeof globalThis.fetch,
  })
})
afterAll(() => server[Symbol.asyncDispose]())

const ASK = {
  model: 'sm0l',
  messages: [{ role: 'user' as const, content: 'How do I create a key?' }],
}

describe('the official OpenAI client', () => {
  test('given a chat, gets an answer that it understands', async () => {
    const { choices } = await client.chat.completions.create(ASK)
    expect(choices[0]?.message.content).toMatch(/^Run b00t server key create/)
  })

  test('given a streamed chat, gets the same answer in parts', async () => {
    const parts: string[] = []
    for await (const chunk of await client.chat.completions.create({ ...ASK, stream: true })) {
      parts.push(chunk.choices[0]?.delta.content ?? '')
    }
    expect(parts.length).toBeGreaterThan(5)
    expect(parts.join('')).toMatch(/^Run b00t server key create/)
  })

  test('given no encoding, asks for base64 and gets the numbers that float gives', async () => {
    const ask = { model: 'sm0l', input: ['hello', 'a key'] }
    const packed = await client.embeddings.create(ask)
    const plain = await client.embeddings.create({ ...ask, encoding_format: 'float' })
    expect(packed.data[1]?.embedding).toHaveLength(128)
    packed.data.forEach(({ embedding }, index) => {
      const apart = embedding.map((value, at) =>
        Math.abs(value - (plain.data[index]?.embedding[at] ?? Number.NaN)),
      )
      expect(Math.max(...apart)).toBeLessThan(1e-6)
    })
  })

  test('given tokens instead of texts, embeds them', async () => {
    const tokens = await client.embeddings.create({ model: 'sm0l', input: [[70, 71], [72]] })
    expect(tokens.data).toHaveLength(2)
    expect(tokens.usage).toEqual({ prompt_tokens: 3, total_tokens: 3 })
  })

  test('given an unknown model, throws its error for a thing not found', async () => {
    await expect(client.chat.completions.create({ ...ASK, model: 'x' })).rejects.toThrow(
      OpenAI.NotFoundError,
    )
  })

  test('given the list of models, finds the toy', async () => {
    const { data } = await client.models.list()
    expect(data.map(({ id }) => id)).toEqual(['sm0l'])
  })
})
