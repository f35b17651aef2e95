import { describe, expect, test } from 'vitest'
import { encodeBase64, normalize, readEmbeddingsRequest } from './embeddings.ts'

describe('readEmbeddingsRequest()', () => {
  test.each([
    ['a text', 'Hi', ['Hi']],
    ['texts', ['Hi', 'Ho'], ['Hi', 'Ho']],
    ['tokens', [1, 2], [[1, 2]]],
    ['lists of tokens', [[1, 2], [3]], [[1, 2], [3]]],
  ])('given %s, reads a list of inputs', (_, input, inputs) => {
    expect(readEmbeddingsRequest({ model: 'sm0l', input }, ['sm0l'])).toEqual({
      model: 'sm0l',
      inputs,
      base64: false,
    })
  })

  test.each([
    ['no input', {}],
    ['an empty text', { input: '' }],
    ['an empty list', { input: [] }],
    ['a text and tokens that are no numbers', { input: ['Hi', ['x']] }],
    ['a negative token', { input: [-1] }],
    ['too many inputs', { input: Array.from({ length: 2_049 }, () => 'x') }],
    ['another encoding', { input: 'Hi', encoding_format: 'hex' }],
    ['a wanted length', { input: 'Hi', dimensions: 8 }],
  ])('given %s, refuses', (_, fields) => {
    expect(() => readEmbeddingsRequest({ model: 'sm0l', ...fields }, ['sm0l'])).toThrow(
      expect.objectContaining({ code: 'MODEL_REFUSED' }),
    )
  })
})

describe('normalize()', () => {
  test('given a vector, gives the same direction with length 1', () => {
    expect(normalize([3, -4])).toEqual([0.6, -0.8])
  })

  test('given zeros, leaves them', () => {
    expect(normalize([0, 0])).toEqual([0, 0])
  })
})

describe('encodeBase64()', () => {
  test('given numbers, writes little-endian floats', () => {
    expect(encodeBase64([1, -2])).toBe('AACAPwAAAMA=')
  })
})
