import { Template } from '@huggingface/jinja'
import { describe, expect, test } from 'vitest'
import {
  CHAT_TEMPLATES,
  encodeConversation,
  joinExamples,
  renderConversation,
  renderQuestion,
  SPECIALS,
} from './chatml.ts'
import { createTokenizer } from './tokenizer.ts'
import { trainVocabulary } from './tokenizer-training.ts'

const MESSAGES = [
  { role: 'system', content: 'Be short.' },
  { role: 'user', content: ' What is two?\n' },
  { role: 'assistant', content: 'One and one.' },
]
const vocabulary = trainVocabulary({
  texts: MESSAGES.map(({ content }) => content),
  size: 280,
  specials: SPECIALS,
})
const tokenizer = createTokenizer(vocabulary)
const render = (name: string, messages: object[], ask: boolean): string =>
  new Template(CHAT_TEMPLATES[name] ?? '').render({ messages, add_generation_prompt: ask })

describe('renderConversation()', () => {
  test('given messages, gives the text that the template chatml gives', () => {
    const text = renderConversation(MESSAGES)
      .map((span) => span.text)
      .join('')
    expect(text).toBe(render('chatml', MESSAGES, false))
    expect(text).toMatchInlineSnapshot(`
      "<|im_start|>system
      Be short.<|im_end|>
      <|im_start|>user
      What is two?<|im_end|>
      <|im_start|>assistant
      One and one.<|im_end|>
      "
    `)
  })
})

describe('renderQuestion()', () => {
  test('given the last question of a chat, gives what the template last-question gives', () => {
    const chat = [...MESSAGES, { role: 'user', content: 'And three?' }]
    expect(render('last-question', chat, true)).toBe(renderQuestion('And three?'))
  })

  test('given one question, gives what the template chatml gives', () => {
    const chat = [{ role: 'user', content: 'And three?' }]
    expect(render('chatml', chat, true)).toBe(renderQuestion('And three?'))
  })
})

describe('encodeConversation()', () => {
  test('given a conversation, learns the answer and its end mark and nothing else', () => {
    const { targets } = encodeConversation(MESSAGES, tokenizer)
    expect(tokenizer.decode(targets.filter((token) => token >= 0))).toBe('One and one.')
    expect(targets.filter((token) => token >= 0).at(-1)).toBe(tokenizer.numberOf('<|im_end|>'))
  })

  test('given a conversation, gives the tokens of its whole text but the last', () => {
    const { tokens } = encodeConversation(MESSAGES, tokenizer)
    expect(tokens).toEqual(tokenizer.encode(render('chatml', MESSAGES, false)).slice(0, -1))
  })
})

describe('joinExamples()', () => {
  test('given two examples, keeps where each begins', () => {
    const batch = joinExamples([
      { tokens: [1, 2], targets: [-1, 3] },
      { tokens: [4], targets: [5] },
    ])
    expect(batch).toEqual({
      tokens: Int32Array.of(1, 2, 4),
      targets: Int32Array.of(-1, 3, 5),
      starts: [0, 2, 3],
    })
  })
})
