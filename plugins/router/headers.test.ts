import { describe, expect, test } from 'vitest'
import { headerValue, requestHeaders, responseHeaders } from './headers.ts'

describe('requestHeaders()', () => {
  test('given headers of the connection and of the client, keeps the rest as it is', () => {
    const raw = [
      ...['Host', 'h', 'Authorization', 'Bearer x', 'X-API-Key', 'x', 'Cookie', 'c'],
      ...['Connection', 'Keep-Alive, X-Mine', 'x-mine', '1', 'TE', 'trailers'],
      ...['Content-Length', '3', 'Expect', '100-continue', 'X-Twice', 'a', 'x-twice', 'b'],
    ]
    expect(requestHeaders(raw, undefined)).toEqual(['X-Twice', 'a', 'x-twice', 'b'])
    expect(requestHeaders(raw, 'k').slice(-2)).toEqual(['authorization', 'Bearer k'])
  })
})

describe('responseHeaders()', () => {
  test('given a cookie and a forged marker, drops them', () => {
    const raw = ['Set-Cookie', 'a', 'X-B00t-Error', 'router', 'ETag', '"1"', 'Content-Length', '0']
    expect(responseHeaders(raw)).toEqual(['ETag', '"1"', 'Content-Length', '0'])
  })
})

describe('headerValue()', () => {
  test('given a name twice, finds the last in any case', () => {
    expect(headerValue(['A', '1', 'a', '2'], 'a')).toBe('2')
    expect(headerValue(['A', '1'], 'b')).toBeUndefined()
  })
})
