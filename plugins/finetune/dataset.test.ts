import { describe, expect, test } from 'vitest'
import { parseDataset, varyQuestions } from './dataset.ts'
import { createRandom } from './random.ts'

const ASKED = { role: 'user', content: 'What is TWO?' }
const ANSWERED = { role: 'assistant', content: 'One and ONE.' }

describe('parseDataset()', () => {
  test('given lines of conversations and empty lines, reads them in order', () => {
    const line = JSON.stringify({ messages: [ASKED, ANSWERED], source: 'ignored' })
    expect(parseDataset(`${line}\n\n${line}\n`, 'd.jsonl')).toEqual([
      { messages: [ASKED, ANSWERED] },
      { messages: [ASKED, ANSWERED] },
    ])
  })

  test.each([
    ['not JSON', '{', 'the line is not JSON'],
    ['a list', '[]', 'no list "messages"'],
    ['messages that are texts', '{"messages":["a"]}', 'a message is not an object'],
    ['an unknown role', '{"messages":[{"role":"bot","content":"a"}]}', 'the role "bot"'],
    ['an empty content', '{"messages":[{"role":"user","content":" "}]}', 'no text in "content"'],
    ['no answer at the end', JSON.stringify({ messages: [ASKED] }), 'nothing to learn'],
  ])('given %s, fails at its line', (_, line, reason) => {
    const good = JSON.stringify({ messages: [ASKED, ANSWERED] })
    expect(() => parseDataset(`${good}\n${line}`, 'd.jsonl')).toThrow(
      expect.objectContaining({
        code: 'FINETUNE_DATASET_INVALID',
        message: expect.stringContaining(reason),
        at: { file: 'd.jsonl', line: 2 },
      }),
    )
  })

  test('given an empty file, says that there is no conversation', () => {
    expect(() => parseDataset('\n', 'd.jsonl')).toThrow('it holds no conversation')
  })
})

describe('varyQuestions()', () => {
  const conversation = { messages: [ASKED, ANSWERED] }

  test('given chance 1, writes questions in small letters without their end mark', () => {
    expect(varyQuestions(conversation, 1, createRandom(1)).messages).toEqual([
      { role: 'user', content: 'what is two' },
      ANSWERED,
    ])
  })

  test('given chance 0, changes nothing', () => {
    expect(varyQuestions(conversation, 0, createRandom(1))).toEqual(conversation)
  })
})
