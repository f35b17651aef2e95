import { describe, expect, test } from 'vitest'
import { describeToken, type Key, mintToken } from './key.ts'
import { formatKeys, mustTighten, parseKeys } from './key-file.ts'

const FILE = '/x/server-keys.json'

function problemOf(text: string): unknown {
  try {
    return parseKeys(FILE, text)
  } catch (error) {
    return error
  }
}

describe('mustTighten()', () => {
  const facts = { isFolder: false, mode: 0o644, isOurs: true }

  test('given an open file, tightens our own and refuses that of another user', () => {
    expect(mustTighten(FILE, facts)).toBe(true)
    expect(mustTighten(FILE, { ...facts, mode: 0o600, isOurs: false })).toBe(false)
    expect(() => mustTighten(FILE, { ...facts, isOurs: false })).toThrow(
      expect.objectContaining({
        code: 'ROUTER_KEYS_MODE',
        hint: expect.stringContaining('chmod 600'),
      }),
    )
  })

  test('given a folder, says that it is one', () => {
    expect(() => mustTighten(FILE, { ...facts, isFolder: true })).toThrow('it is a folder')
  })
})

describe('parseKeys()', () => {
  const key = { ...describeToken(mintToken()), consumer: 'c', created: '2026-01-01T00:00:00Z' }

  test('given its own format, reads back what was written', () => {
    const keys: Key[] = [
      key,
      { ...key, role: 'viewer', models: ['a*'], endpoints: ['models'], expires: key.created },
    ]
    expect(parseKeys(FILE, formatKeys(keys))).toEqual(keys)
    expect(parseKeys(FILE, undefined)).toEqual([])
  })

  test('given a role in its older spelling, reads the role of today', () => {
    const [read] = parseKeys(FILE, JSON.stringify({ keys: [{ ...key, role: 'specialist' }] }))
    expect(read?.role).toBe('agent')
  })

  test('given plain tokens of the older format, hashes them and keeps their rights', () => {
    const token = mintToken()
    const access = [
      { class: 'b00t:EmbeddingModel', action: 'execute' },
      { class: 'b00t:Unknown', action: 'execute' },
    ]
    const entry = { consumer: 'old', created_at: '2025-01-01T00:00:00Z' }
    const read = (more: object) =>
      parseKeys(FILE, JSON.stringify({ keys: { [token]: { ...entry, ...more } } }))[0]
    expect(read({ access })).toEqual({
      ...describeToken(token),
      consumer: 'old',
      created: entry.created_at,
      endpoints: ['embeddings'],
    })
    expect(read({ access: [] })?.endpoints).toBeUndefined()
    expect(read({ access: [access[1]] })?.endpoints).toEqual([])
  })

  test('given damaged JSON, tells the place and quotes nothing', () => {
    const error = problemOf('{"keys":\n  {"b00t-sk-secret" "x"}}')
    expect(error).toMatchObject({
      code: 'ROUTER_KEYS_INVALID',
      at: { file: FILE, line: 2, column: 21 },
    })
    expect(JSON.stringify([error, String(error)])).not.toContain('secret')
    expect((error as Error).cause).toBeUndefined()
  })

  test.each([
    ['nothing', ''],
    ['no keys', '{}'],
    ['a short hash', JSON.stringify({ keys: [{ ...key, hash: 'ab' }] })],
    ['an unknown role', JSON.stringify({ keys: [{ ...key, role: 'king' }] })],
    ['an odd date', JSON.stringify({ keys: [{ ...key, expires: 'soon' }] })],
    ['odd models', JSON.stringify({ keys: [{ ...key, models: 'all' }] })],
    ['no consumer', JSON.stringify({ keys: [{ ...key, consumer: undefined }] })],
  ])('given %s, refuses the file', (_, text) => {
    expect(problemOf(text)).toMatchObject({ code: 'ROUTER_KEYS_INVALID' })
  })
})
