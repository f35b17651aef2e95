import { describe, expect, test } from 'vitest'
import {
  describeToken,
  findKey,
  indexKeys,
  type Key,
  matchesGlobs,
  mintToken,
  readCredential,
} from './key.ts'

const NOW = Date.parse('2026-06-01T00:00:00Z')

function keyOf(token: string, more: Partial<Key> = {}): Key {
  return { ...describeToken(token), consumer: 'c', created: '2026-01-01T00:00:00Z', ...more }
}

describe('mintToken()', () => {
  test('given nothing, makes a fresh token of the fixed form', () => {
    expect(mintToken()).toMatch(/^b00t-sk-[0-9a-f]{32}$/)
    expect(mintToken()).not.toBe(mintToken())
  })
})

describe('findKey()', () => {
  test('given a known token, finds it only while it is live', () => {
    const token = mintToken()
    const find = (more: Partial<Key>) => findKey(indexKeys([keyOf(token, more)]), token, NOW)
    expect(find({})?.consumer).toBe('c')
    expect(find({ expires: '2026-06-01T00:00:01Z' })).toBeDefined()
    expect(find({ expires: '2026-06-01T00:00:00Z' })).toBeUndefined()
    expect(find({ revoked: '2026-01-01T00:00:00Z' })).toBeUndefined()
  })

  test('given an unknown token, finds nothing', () => {
    const keys = indexKeys([keyOf(mintToken())])
    for (const token of ['', mintToken(), '\0'.repeat(32)]) {
      expect(findKey(keys, token, NOW)).toBeUndefined()
    }
  })
})

describe('matchesGlobs()', () => {
  test('given globs, matches the whole text and nothing beyond', () => {
    expect(matchesGlobs(undefined, 'any')).toBe(true)
    expect(matchesGlobs([], 'any')).toBe(false)
    expect(matchesGlobs(['gpt-*'], 'gpt-4o')).toBe(true)
    expect(matchesGlobs(['gpt-4?'], 'gpt-4o')).toBe(true)
    expect(matchesGlobs(['gpt-4'], 'gpt-4o')).toBe(false)
    expect(matchesGlobs(['a.c', '(x)'], 'abc')).toBe(false)
    expect(matchesGlobs(['*'], 'two\nlines')).toBe(true)
  })
})

describe('readCredential()', () => {
  test.each<[string[], string | undefined]>([
    [['Authorization', 'Bearer t'], 't'],
    [['authorization', 'bearer  t '], 't'],
    [['X-Api-Key', ' t '], 't'],
    [['x-api-key', 't', 'Authorization', 'Bearer t'], 't'],
    [['x-api-key', 'u', 'Authorization', 'Bearer t'], undefined],
    [['Authorization', 'Bearer t', 'authorization', 'Bearer u'], undefined],
    [['Authorization', 'Basic t', 'x-api-key', 't'], undefined],
    [['Authorization', 't'], undefined],
    [['x-api-key', ''], undefined],
    [[], undefined],
  ])('given %j, reads %s', (headers, token) => {
    expect(readCredential(headers)).toBe(token)
  })
})
