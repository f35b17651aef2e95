import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type GgufHead, type GgufTensor, type GgufValue, readGgufHead } from '#core'
import { checkHead, checkModelFile } from './gguf-check.ts'
import { makeFolder, SM0L } from './server-fixture.ts'

function goodHead(): GgufHead {
  const reading = readGgufHead(SM0L)
  if ('fault' in reading) throw new Error(reading.reason)
  return reading.head
}

/** The head with keys set, or removed where the value is undefined. */
function withKeys(changes: Readonly<Record<string, GgufValue | undefined>>): GgufHead {
  const metadata = new Map(goodHead().metadata)
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) metadata.delete(key)
    else metadata.set(key, value)
  }
  return { ...goodHead(), metadata }
}

function withTensors(change: (tensor: GgufTensor) => GgufTensor | undefined): GgufHead {
  return { ...goodHead(), tensors: goodHead().tensors.flatMap((tensor) => change(tensor) ?? []) }
}

const without = (pattern: RegExp): GgufHead =>
  withTensors((tensor) => (pattern.test(tensor.name) ? undefined : tensor))

const lines = (head: GgufHead): string[] =>
  checkHead(head).map(({ code, message }) => `${code} ${message}`)

describe('checkHead()', () => {
  test('given the file this project ships, finds nothing', () => {
    expect(lines(goodHead())).toEqual([])
  })

  test.each([
    'general.architecture',
    'llama.block_count',
    'llama.context_length',
    'llama.embedding_length',
    'llama.feed_forward_length',
    'llama.attention.head_count',
    'tokenizer.ggml.model',
    'tokenizer.ggml.tokens',
    'tokenizer.ggml.merges',
  ])('given no key %s, says so', (key) => {
    expect(lines(withKeys({ [key]: undefined }))).toContain(
      `MODEL_FILE_KEY_MISSING the key ${key} is missing`,
    )
  })

  test('given a size of zero, says that it cannot be', () => {
    expect(lines(withKeys({ 'llama.attention.head_count': 0 }))).toEqual([
      'MODEL_FILE_DAMAGED the key llama.attention.head_count is not a positive number',
    ])
  })

  test('given one number per block, accepts it', () => {
    expect(lines(withKeys({ 'llama.attention.head_count': [4, 4, 4] }))).toEqual([])
  })
})

describe('tensors in checkHead()', () => {
  test('given missing tensors, names each', () => {
    expect(lines(without(/^(output_norm|blk\.1\.attn_norm)\./))).toEqual([
      'MODEL_FILE_TENSOR_MISSING the tensor output_norm.weight is missing',
      'MODEL_FILE_TENSOR_MISSING the tensor blk.1.attn_norm.weight is missing',
    ])
  })

  test('given an architecture unknown here, expects what most blocks carry', () => {
    const known = [...goodHead().metadata].filter(([key]) => key.startsWith('llama.'))
    const renamed = known.map(([key, value]) => [key.replace('llama.', 'other.'), value])
    const keys = { ...Object.fromEntries(renamed), 'general.architecture': 'other' }
    const blocks = Array.from({ length: 12 }, (_, block) =>
      ['attn_norm.weight', 'ssm_a'].map((part) => ({ name: `blk.${block}.${part}` })),
    ).flat()
    const tensors = [{ name: 'token_embd.weight' }, { name: 'output_norm.weight' }, ...blocks]
      .filter(({ name }) => name !== 'blk.7.ssm_a')
      .map((named) => ({ ...named, dimensions: [128, 768], type: 'F16', start: 0, bytes: 0 }))
    const head = { ...withKeys({ ...keys, 'other.block_count': 12 }), tensors }
    expect(lines(head)).toEqual(['MODEL_FILE_TENSOR_MISSING the tensor blk.7.ssm_a is missing'])
  })

  test('given a promised prediction block that is not there, names its cause', () => {
    const head = withKeys({ 'llama.block_count': 4, 'llama.nextn_predict_layers': 1 })
    expect(lines(head)).toEqual([
      'MODEL_FILE_MTP_DROPPED all tensors of blk.3 are missing, the extra prediction block that llama.nextn_predict_layers promises',
    ])
  })
})

describe('sizes in checkHead()', () => {
  test('given one token more than rows, gives both numbers', () => {
    const tokens = goodHead().metadata.get('tokenizer.ggml.tokens')
    const more = [...(Array.isArray(tokens) ? tokens : []), 'extra']
    expect(lines(withKeys({ 'tokenizer.ggml.tokens': more }))).toEqual([
      'MODEL_FILE_VOCABULARY the tokenizer has 769 tokens, token_embd.weight has 768 rows',
    ])
  })

  test('given a tensor of another width, gives its size', () => {
    const head = withTensors((tensor) =>
      tensor.name === 'blk.0.attn_q.weight' ? { ...tensor, dimensions: [64, 256] } : tensor,
    )
    expect(lines(head)).toEqual([
      'MODEL_FILE_SHAPE the tensor blk.0.attn_q.weight is 64 × 256, its first size should be 128',
    ])
  })
})

describe('checkModelFile()', () => {
  test('given a file cut at many places, never takes it for a whole one', () => {
    using folder = makeFolder()
    const whole = readFileSync(SM0L)
    const path = join(folder.path, 'cut.gguf')
    const codes = Array.from({ length: 40 }, (_, step) => {
      writeFileSync(path, whole.subarray(0, Math.floor((whole.length * step) / 40)))
      return checkModelFile(path).problems[0]?.code
    })
    expect(new Set(codes)).toEqual(new Set(['MODEL_FILE_NOT_GGUF', 'MODEL_FILE_TRUNCATED']))
  })

  test('given damage in the head, reports it or finds the head unharmed, and never throws', () => {
    using folder = makeFolder()
    const path = join(folder.path, 'damaged.gguf')
    for (let at = 0; at < 2_000; at += 13) {
      const bytes = readFileSync(SM0L)
      bytes[at] = (bytes[at] ?? 0) ^ 0xff
      writeFileSync(path, bytes)
      expect(Array.isArray(checkModelFile(path).problems)).toBe(true)
    }
  })

  test('given a folder, says that it is not a file', () => {
    using folder = makeFolder()
    expect(checkModelFile(folder.path).problems).toEqual([
      { code: 'MODEL_FILE_UNREADABLE', message: 'it is not a file' },
    ])
  })
})
