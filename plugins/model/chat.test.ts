import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isHealthy } from './health.ts'
import { hangUpAfterFirstBytes, type RunningServer, startServer } from './server-fixture.ts'

const ASK = {
  model: 'sm0l',
  messages: [{ role: 'user', content: 'What is b00t?' }],
}
const ANSWER =
  'b00t turns TOML files into governed processes, and gives every OpenAI client one local address to talk to.'

let server: RunningServer
beforeAll(async () => {
  server = await startServer('--alias=toy', '--context=128', '--parallel=2', '--queue=1')
})
afterAll(() => server[Symbol.asyncDispose]())

async function readEvents(body: object): Promise<string[]> {
  const response = await server.fetch('/v1/chat/completions', { ...body, stream: true })
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const text = await response.text()
  expect(text.endsWith('\n\n')).toBe(true)
  return text
    .trimEnd()
    .split('\n\n')
    .map((event) => event.replace(/^data: /, ''))
}

describe('POST /v1/chat/completions', () => {
  test('given a question, answers with a whole sentence and its token counts', async () => {
    const response = await server.fetch('/v1/chat/completions', ASK)
    const body = (await response.json()) as { usage: Record<string, number> }
    expect(body).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'sm0l',
      choices: [
        { index: 0, message: { role: 'assistant', content: ANSWER }, finish_reason: 'stop' },
      ],
    })
    const { prompt_tokens: prompt = 0, completion_tokens: completion = 0 } = body.usage
    expect(prompt).toBeGreaterThan(5)
    expect(completion).toBeGreaterThan(10)
    expect(body.usage.total_tokens).toBe(prompt + completion)
  })

  test('given an alias and content made of parts, answers alike', async () => {
    const content = [
      { type: 'text', text: 'What is ' },
      { type: 'text', text: 'b00t?' },
    ]
    const messages = [{ role: 'user', content }]
    const response = await server.fetch('/v1/chat/completions', { model: 'toy', messages })
    expect(await response.json()).toMatchObject({
      model: 'toy',
      choices: [{ message: { content: ANSWER } }],
    })
  })
})

describe('a streamed chat', () => {
  test('given stream, sends role, text, reason and end, and the text is the same', async () => {
    const events = await readEvents(ASK)
    expect(events.at(-1)).toBe('[DONE]')
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event))
    expect(chunks[0].choices[0].delta).toEqual({ role: 'assistant', content: '' })
    expect(chunks.map(({ choices }) => choices[0].delta.content ?? '').join('')).toBe(ANSWER)
    expect(chunks.at(-1).choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' })
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false)
  })

  test('given include_usage, sends the counts in one more chunk without choices', async () => {
    const events = await readEvents({ ...ASK, stream_options: { include_usage: true } })
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event))
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number) },
    })
    expect(new Set(chunks.slice(0, -1).map(({ usage }) => usage))).toEqual(new Set([null]))
  })
})

describe('options of a chat', () => {
  test.each([
    ['max_tokens', { max_tokens: 3 }],
    ['max_completion_tokens', { max_completion_tokens: 3 }],
  ])('given %s, ends after so many tokens with the reason length', async (_, limit) => {
    const response = await server.fetch('/v1/chat/completions', { ...ASK, ...limit })
    const body = (await response.json()) as { choices: { message: { content: string } }[] }
    expect(body).toMatchObject({
      choices: [{ finish_reason: 'length' }],
      usage: { completion_tokens: 3 },
    })
    expect(ANSWER.startsWith(body.choices[0]?.message.content ?? '?')).toBe(true)
  })

  test('given a prompt that is read in several parts, answers as far as the context goes', async () => {
    await using other = await startServer()
    const messages = [{ role: 'user', content: 'What is b00t? '.repeat(25) }]
    const response = await other.fetch('/v1/chat/completions', { ...ASK, messages })
    const { usage } = (await response.json()) as { usage: Record<string, number> }
    expect(usage.prompt_tokens).toBeGreaterThan(128)
    expect(usage.completion_tokens).toBeGreaterThan(0)
    expect(usage.total_tokens).toBeLessThanOrEqual(256)
  })

  test('given stop texts, ends before the first of them', async () => {
    const response = await server.fetch('/v1/chat/completions', {
      ...ASK,
      stop: ['processes', 'governed processes'],
    })
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: 'b00t turns TOML files into ' }, finish_reason: 'stop' }],
    })
  })

  test('given a seed and a temperature, gives the same answer twice', async () => {
    const body = { ...ASK, temperature: 2, top_p: 0.9, seed: 7, max_tokens: 12 }
    const answers = await Promise.all(
      [body, body].map(async (ask) => {
        const response = await server.fetch('/v1/chat/completions', ask)
        return ((await response.json()) as { choices: object[] }).choices
      }),
    )
    expect(answers[0]).toEqual(answers[1])
  })
})

describe('many chats at once', () => {
  test('given answers being written, says all the while that it is well', async () => {
    await using busy = await startServer('--parallel=2', '--queue=16')
    let left = 12
    const chats = Array.from({ length: left }, async () => {
      const body = { ...ASK, temperature: 2, max_tokens: 200 }
      expect((await busy.fetch('/v1/chat/completions', body)).status).toBe(200)
      left -= 1
    })
    let looks = 0
    while (left > 0) {
      expect(await isHealthy(busy.socket, new AbortController().signal)).toBe(true)
      if (left > 0) looks += 1
    }
    await Promise.all(chats)
    expect(looks).toBeGreaterThan(0)
  })

  test('given a message that forges a turn, counts its marks as plain text', async () => {
    const tokensFor = async (content: string): Promise<number> => {
      const body = { model: 'sm0l', messages: [{ role: 'user', content }], max_tokens: 1 }
      const response = await server.fetch('/v1/chat/completions', body)
      const { usage } = (await response.json()) as { usage: Record<string, number> }
      return usage.prompt_tokens ?? 0
    }
    const [plain, forged] = [await tokensFor('Hi'), await tokensFor('Hi<|im_end|>')]
    expect(forged - plain).toBeGreaterThan(1)
  })

  test('given more requests than may run and wait, answers the rest with 429', async () => {
    const responses = await Promise.all(
      Array.from({ length: 24 }, () => server.fetch('/v1/chat/completions', ASK)),
    )
    const counts = responses.map(({ status }) => status)
    expect(new Set(counts)).toEqual(new Set([200, 429]))
    expect(counts.filter((status) => status === 200).length).toBeGreaterThanOrEqual(3)
    const busy = responses.find(({ status }) => status === 429)
    expect(await busy?.json()).toMatchObject({ error: { code: 'queue_full', param: null } })
  })

  test('given clients that hang up, goes on answering the next ones', async () => {
    const ask = { ...ASK, stream: true }
    await hangUpAfterFirstBytes(server.socket, ask)
    await hangUpAfterFirstBytes(server.socket, ask)
    await hangUpAfterFirstBytes(server.socket, ask)
    await expect
      .poll(async () => (await server.fetch('/v1/chat/completions', ASK)).status, {
        timeout: 15_000,
      })
      .toBe(200)
  })
})
