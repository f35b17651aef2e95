import { describe, expect, test } from 'vitest'
import { readTable } from './supervisor-feed.ts'

const endpoint = {
  ...{ surface: 'sm0l.model', protocol: 'openai', url: 'http://localhost/v1' },
  ...{ models: ['sm0l'], tier: 'embedded' },
}

describe('readTable()', () => {
  test('given a line of the supervisor, reads its endpoints', () => {
    expect(readTable(JSON.stringify({ endpoints: [endpoint] }))).toEqual([endpoint])
    expect(readTable('{"endpoints":[]}')).toEqual([])
  })

  test('given entries that are no endpoints, leaves them out', () => {
    const odd = [null, {}, { ...endpoint, tier: 'x' }, { ...endpoint, surface: 'a\r\nb' }]
    expect(readTable(JSON.stringify({ endpoints: [...odd, endpoint] }))).toEqual([endpoint])
  })

  test('given anything else, says so', () => {
    for (const line of ['', 'x', '{}', '{"endpoints":{}}', 'null']) {
      expect(readTable(line)).toBeUndefined()
    }
  })
})
