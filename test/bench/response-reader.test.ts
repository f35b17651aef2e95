import { describe, expect, test } from 'vitest'
import { createResponseReader } from './response-reader.ts'

const HEAD = 'HTTP/1.1 200 OK\r\n'
const FIXED = `${HEAD}Content-Length: 5\r\n\r\nhello`
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`

function read(text: string, pieceSize: number): boolean[] {
  const found: boolean[] = []
  const push = createResponseReader(Buffer.from('hello'), (intact) => found.push(intact))
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieceSize) push(bytes.subarray(at, at + pieceSize))
  return found
}

describe('createResponseReader()', () => {
  test.each([1, 2, 3, 7, 1000])(
    'given two responses in pieces of %d bytes, finds both intact',
    (size) => {
      expect(read(FIXED + CHUNKED, size)).toEqual([true, true])
      expect(read(CHUNKED + FIXED, size)).toEqual([true, true])
    },
  )

  test.each([
    ['another byte', FIXED.replace('hello', 'hallo')],
    ['another byte in a chunk', CHUNKED.replace('llo', 'lla')],
    ['another status', FIXED.replace('200 OK', '502 Bad')],
    ['a body that is too short', `${HEAD}content-length: 4\r\n\r\nhell`],
    ['a body that is too long', `${HEAD}content-length: 6\r\n\r\nhello!`],
    ['a chunk too few', CHUNKED.replace('3\r\nllo\r\n', '')],
  ])('given %s, says so', (_, text) => {
    expect(read(text, 4)).toEqual([false])
  })

  test('given what is no HTTP, fails', () => {
    expect(() => read(`${HEAD}transfer-encoding: chunked\r\n\r\nxyz\r\n`, 100)).toThrow('no size')
  })
})
