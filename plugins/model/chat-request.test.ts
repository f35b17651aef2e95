import { describe, expect, test } from 'vitest'
import { readChatRequest } from './chat-request.ts'
import { describeFailure } from './refusal.ts'

const DEFAULTS = { names: ['sm0l'], temperature: 0.8 }
const MINIMAL = { model: 'sm0l', messages: [{ role: 'user', content: 'Hi' }] }

function paramOf(body: unknown): string | null {
  try {
    readChatRequest(body, DEFAULTS)
  } catch (error) {
    return describeFailure(error).body.error.param
  }
  throw new Error('The request was accepted')
}

describe('readChatRequest()', () => {
  test('given only what is required, fills in the rest', () => {
    expect(readChatRequest(MINIMAL, DEFAULTS)).toEqual({
      model: 'sm0l',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: false,
      includeUsage: false,
      limit: undefined,
      stops: [],
      temperature: 0.8,
      topP: 1,
      seed: undefined,
    })
  })

  test('given every value, reads each', () => {
    const body = {
      ...MINIMAL,
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 5,
      max_completion_tokens: 9,
      stop: 'END',
      temperature: 0,
      top_p: 0.5,
      seed: -3,
      user: 'someone',
    }
    expect(readChatRequest(body, DEFAULTS)).toMatchObject({
      stream: true,
      includeUsage: true,
      limit: 9,
      stops: ['END'],
      temperature: 0,
      topP: 0.5,
      seed: -3,
    })
  })

  test('given null for what is optional, takes it as not given', () => {
    const body = { ...MINIMAL, temperature: null, stop: null, max_tokens: null, stream: null }
    expect(readChatRequest(body, DEFAULTS)).toEqual(readChatRequest(MINIMAL, DEFAULTS))
  })

  test('given an answer that only called tools, takes its content as empty', () => {
    const messages = [...MINIMAL.messages, { role: 'assistant', content: null, tool_calls: [] }]
    expect(readChatRequest({ ...MINIMAL, messages }, DEFAULTS).messages[1]).toEqual({
      role: 'assistant',
      content: '',
    })
  })
})

describe('stop of readChatRequest()', () => {
  test('given four texts of 256 characters, takes them', () => {
    const stop = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(256))
    expect(readChatRequest({ ...MINIMAL, stop }, DEFAULTS).stops).toEqual(stop)
  })
})

describe('refusals of readChatRequest()', () => {
  test.each([
    ['model', { ...MINIMAL, model: 7 }],
    ['messages', { ...MINIMAL, messages: [] }],
    ['messages[0]', { ...MINIMAL, messages: ['Hi'] }],
    ['messages[0].role', { ...MINIMAL, messages: [{ content: 'Hi' }] }],
    ['messages[0].content', { ...MINIMAL, messages: [{ role: 'user', content: 7 }] }],
    [
      'messages[0].content',
      { ...MINIMAL, messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
    ],
    ['stop', { ...MINIMAL, stop: [''] }],
    ['stop', { ...MINIMAL, stop: ['a', 'b', 'c', 'd', 'e'] }],
    ['stop', { ...MINIMAL, stop: Array.from({ length: 200_000 }, () => 'x') }],
    ['stop', { ...MINIMAL, stop: 'x'.repeat(257) }],
    ['max_tokens', { ...MINIMAL, max_tokens: 0 }],
    ['max_completion_tokens', { ...MINIMAL, max_completion_tokens: 1.5 }],
    ['top_p', { ...MINIMAL, top_p: 2 }],
    ['seed', { ...MINIMAL, seed: 'x' }],
    ['n', { ...MINIMAL, n: 2 }],
    ['response_format', { ...MINIMAL, response_format: { type: 'json_object' } }],
    [null, []],
  ])('given a bad %s, names it', (param, body) => {
    expect(paramOf(body)).toBe(param)
  })
})
