import { describe, expect, test } from 'vitest'
import { backendPath, describeRoute, isApiPath, readTarget } from './target.ts'

describe('isApiPath()', () => {
  test('given a path, tells whether it is the API', () => {
    for (const path of ['/v1', '/v1/', '/v1?x', '/v1/a/b']) expect(isApiPath(path)).toBe(true)
    for (const path of ['/v10', '/v1beta/x', '/', '//v1/x', 'http://h/v1/x']) {
      expect(isApiPath(path)).toBe(false)
    }
  })
})

describe('backendPath()', () => {
  test('given any base path, puts route and query behind it unchanged', () => {
    const target = readTarget('/v1/chat/completions/?b=%41&a=+')
    if ('status' in target) throw new Error('refused')
    expect(backendPath('/api/v1', target)).toBe('/api/v1/chat/completions/?b=%41&a=+')
    expect(backendPath('/api/v1/', target)).toBe('/api/v1/chat/completions/?b=%41&a=+')
  })
})

describe('readTarget()', () => {
  test.each([
    '/v1/.',
    '/v1/a/..',
    '/v1/a/%2e%2e/b',
    '/v1/a/%252e%252e/b',
    '/v1/a/%25252e%25252e/b',
    '/v1/a/..%2f..%2fb',
    '/v1/a/..;x/b',
    '/v1/%2fb',
    '/v1/a\\..\\b',
    '/v1/a b',
    '/v1/ü',
    `/v1/${'%25'.repeat(1)}${'25'.repeat(8)}2e./x`,
  ])('given %s, refuses it', (url) => {
    expect(readTarget(url)).toMatchObject({ status: 400, code: 'invalid_path' })
  })

  test.each(['/v1/models/a%2Fb', '/v1/models/a..b', '/v1/x/...', '/v1/a//b', '/v1/a?x=../..'])(
    'given %s, lets it pass',
    (url) => {
      expect(readTarget(url)).not.toHaveProperty('status')
    },
  )
})

describe('describeRoute()', () => {
  test('given a path with names, ids or secrets in it, keeps only words', () => {
    expect(describeRoute('/v1/chat/completions?key=1')).toBe('/v1/chat/completions')
    expect(describeRoute('/v1/files/file-AbC9/content')).toBe('/v1/files/*/content')
    expect(describeRoute('/v1/b00t-sk-0123')).toBe('/v1/*')
    expect(describeRoute('/v1/threads/b/c/d/e')).toBe('/v1/threads/b/c')
    expect(describeRoute('/v1/anything/chat')).toBe('/v1/*')
    expect(describeRoute('/v1')).toBe('/v1')
  })
})
