import { describe, expect, test } from 'vitest'
import { shareResult } from './shared-result.ts'

describe('shareResult()', () => {
  test('given calls at once and later, makes one result for all', async () => {
    let made = 0
    const share = shareResult(async () => ({ number: ++made }))
    const results = [...(await Promise.all([share(), share()])), await share()]
    expect(results).toEqual([{ number: 1 }, { number: 1 }, { number: 1 }])
  })

  test('given a failure, tells it to all who wait and tries again at the next call', async () => {
    let tries = 0
    const share = shareResult(async () => {
      tries += 1
      if (tries === 1) throw new Error('no memory')
      return tries
    })
    const [first, second] = await Promise.allSettled([share(), share()])
    expect([first.status, second.status]).toEqual(['rejected', 'rejected'])
    expect(await share()).toBe(2)
    expect(await share()).toBe(2)
  })
})
