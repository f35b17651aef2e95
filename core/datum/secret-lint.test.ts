import { describe, expect, test } from 'vitest'
import { lintSecrets } from './secret-lint.ts'

const pointers = (table: unknown) => lintSecrets(table, '/b00t/x').map(({ pointer }) => pointer)

describe('lintSecrets()', () => {
  test('given a value under a telling name, points at it', () => {
    expect(pointers({ environment: { MY_PASSWORD: 'hunter2', LANG: 'C' } })).toEqual([
      '/b00t/x/environment/MY_PASSWORD',
    ])
  })

  test('given a token inside an argument, points at the argument', () => {
    expect(pointers({ argv: ['curl', '--token=sk-proj-0123456789abcdef'] })).toEqual([
      '/b00t/x/argv/1',
    ])
  })

  test('given an address with a login, points at it', () => {
    expect(pointers({ url: 'https://me:hunter2@example.com' })).toEqual(['/b00t/x/url'])
  })

  test.each(['', '$API_KEY', '$HOME/key'])('given the reference "%s", says nothing', (value) => {
    expect(pointers({ environment: { API_KEY: value } })).toEqual([])
  })

  test('given the name of a variable, says nothing', () => {
    expect(pointers({ key_env: 'OPENAI_API_KEY', pass_environment: ['OPENAI_API_KEY'] })).toEqual(
      [],
    )
  })

  test('given a secret, does not repeat it', () => {
    const [problem] = lintSecrets({ PASSWORD: 'hunter2' }, '/b00t/x')
    expect(JSON.stringify(problem)).not.toContain('hunter2')
  })
})
