import { describe, expect, test } from 'vitest'
import type { GgufHead } from '#core'
import { createRenderer } from './prompt.ts'
import { describeFailure } from './refusal.ts'

function headWith(template?: string): GgufHead {
  const metadata = new Map<string, string | number | string[]>([
    ['tokenizer.ggml.tokens', ['<s>', '</s>']],
    ['tokenizer.ggml.bos_token_id', 0],
    ['tokenizer.ggml.eos_token_id', 1],
  ])
  if (template !== undefined) metadata.set('tokenizer.chat_template', template)
  return { version: 3, metadata, tensors: [], fileBytes: 0 }
}

const MESSAGES = [{ role: 'user', content: 'Hi' }]

describe('createRenderer()', () => {
  test('given a template, renders it with the marks of the vocabulary', () => {
    const template = '{{ bos_token }}{{ messages[0].content }}{{ eos_token }}'
    expect(createRenderer(headWith(template))(MESSAGES)).toBe('<s>Hi</s>')
  })

  test('given no template, renders ChatML and asks for an answer', () => {
    expect(createRenderer(headWith())(MESSAGES)).toBe(
      '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
    )
  })

  test('given a template that refuses the messages, answers 400 with its reason', () => {
    const render = createRenderer(headWith("{{ raise_exception('roles must alternate') }}"))
    let thrown: unknown
    try {
      render(MESSAGES)
    } catch (error) {
      thrown = error
    }
    expect(describeFailure(thrown)).toMatchObject({
      status: 400,
      body: { error: { param: 'messages', message: expect.stringContaining('alternate') } },
    })
  })
})
