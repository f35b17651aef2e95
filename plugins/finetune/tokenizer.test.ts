import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SPECIALS } from './chatml.ts'
import { createTokenizer, cutPieces } from './tokenizer.ts'
import { trainVocabulary } from './tokenizer-training.ts'

const TEXTS = ['the cat and the hat', 'the café is closed', 'cats, hats and 2024']
const VOCABULARY = trainVocabulary({ texts: TEXTS, size: 270, specials: SPECIALS })

describe('trainVocabulary()', () => {
  test('given texts, puts marks first, then bytes, then the most frequent pairs', () => {
    expect(VOCABULARY.tokens.slice(0, 3)).toEqual(SPECIALS)
    expect(VOCABULARY.merges.slice(0, 2)).toEqual(['a t', 'h e'])
    expect(VOCABULARY.tokens[259]).toBe('at')
  })

  test('given the same texts, gives the same vocabulary', () => {
    expect(trainVocabulary({ texts: TEXTS, size: 270, specials: SPECIALS })).toEqual(VOCABULARY)
  })

  test('given texts without repetition, stops before the wanted size', () => {
    const { tokens } = trainVocabulary({ texts: ['ab'], size: 1_000, specials: SPECIALS })
    expect(tokens).toHaveLength(259)
  })

  test('given equal letters in a row, merges them in pairs from the left', () => {
    const vocabulary = trainVocabulary({ texts: ['aaaaa aaaaa'], size: 260, specials: SPECIALS })
    expect(vocabulary.merges).toEqual(['a a'])
    expect(createTokenizer(vocabulary).encode('aaaaa')).toHaveLength(3)
  })
})

describe('cutPieces()', () => {
  test('given words, numbers, marks and spaces, cuts as GPT-2 does', () => {
    expect(cutPieces("I'm 42,  ok\n\n go")).toEqual([
      'I',
      "'m",
      ' 42',
      ',',
      ' ',
      ' ok',
      '\n\n',
      ' go',
    ])
  })
})

describe('createTokenizer()', () => {
  const tokenizer = createTokenizer(VOCABULARY)

  test('given any text without special tokens, decodes what it encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
      }),
    )
  })

  test('given emoji and other scripts, decodes what it encoded', () => {
    const text = 'Café 👩‍👩‍👧 東京 \u0000\u00ad'
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
  })

  test('given a special token in the text, encodes it as one and leaves it out of the text', () => {
    const tokens = tokenizer.encode('cat<|im_end|>hat')
    expect(tokens).toContain(tokenizer.numberOf('<|im_end|>'))
    expect(tokenizer.decode(tokens)).toBe('cathat')
  })

  test('given half of a character, decodes it to the replacement mark', () => {
    expect(tokenizer.decode(tokenizer.encode('🙂').slice(0, 2))).toBe('\ufffd')
  })
})
