import { describe, expect, test } from 'vitest'
import { createUsageTail, readUsage } from './usage-tail.ts'

const read = (text: string) => readUsage(Buffer.from(text))

describe('readUsage()', () => {
  test.each([
    ['{"usage":{"prompt_tokens":1,"completion_tokens":2,"d":{"x":{}}},"z":1}', 1, 2],
    ['{"usage" : {"input_tokens":3,"output_tokens":4}}', 3, 4],
    ['data: {"usage":{"prompt_tokens":1}}\n\ndata: {"usage":null}\n\ndata: [DONE]\n\n', 1, null],
    ['data: {"usage":{"prompt_tokens":1}}\n\ndata: {"usage":{"prompt_tokens":9}}\n\n', 9, null],
    ['{"content":"\\"usage\\":{\\"prompt_tokens\\":5}","usage":{"prompt_tokens":6}}', 6, null],
    ['{"content":"\\"usage\\": {"}', null, null],
    ['{"usage":{"prompt_tokens":"many"}}', null, null],
    ['{"usage":{"prompt_tok', null, null],
    ['', null, null],
  ])('given %s, reads the last counts', (text, prompt, completion) => {
    expect(read(text)).toEqual({ prompt, completion })
  })
})

describe('createUsageTail()', () => {
  test('given a long stream in small pieces, still finds what stands at its end', () => {
    const tail = createUsageTail()
    for (let index = 0; index < 5000; index++) tail.push(Buffer.alloc(100, 'x'))
    for (const byte of Buffer.from('{"usage":{"prompt_tokens":7}}')) tail.push(Buffer.from([byte]))
    expect(tail.read().prompt).toBe(7)
  })
})
