import { describe, expect, test } from 'vitest'
import { isSecretKey, maskSecrets } from './secrets.ts'

describe('maskSecrets()', () => {
  test.each([
    ['password = "hunter2"', 'password = *********'],
    ["API_KEY='x'", 'API_KEY=***'],
    ['env = { TOKEN = "abc", PLAIN = "abc" }', 'env = { TOKEN = *****, PLAIN = "abc" }'],
    ['token = 12345', 'token = *****'],
    ['dsn = "postgres://me:hush@db/x"', 'dsn = "postgres://me:****@db/x"'],
    ['x = "b00t-sk-abcdefghij"', 'x = "******************"'],
    ['key_env = "OPENAI_API_KEY"', 'key_env = "OPENAI_API_KEY"'],
    ['port = 80', 'port = 80'],
  ])('given %j, gives %j', (line, masked) => {
    expect(maskSecrets(line)).toBe(masked)
    expect(masked).toHaveLength(line.length)
  })
})

describe('isSecretKey()', () => {
  test('given names, tells secrets from the names of variables', () => {
    expect(['api_key', 'client-secret', 'HF_TOKEN'].every(isSecretKey)).toBe(true)
    expect(['key_env', 'api_key_env', 'keyboard', 'port'].some(isSecretKey)).toBe(false)
  })
})
