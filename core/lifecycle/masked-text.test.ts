import { describe, expect, test } from 'vitest'
import { maskText } from './masked-text.ts'

describe('maskText()', () => {
  test('given values of secret variables, stars them out wherever they stand', () => {
    const environment = {
      MY_TOKEN: 'hush-hush',
      SEAT: 'window-seat',
      SHORT_KEY: 'on',
      HOME: '/root',
    }
    const text = 'hush-hush at /root: window-seat is on; sk-abcdefghijkl'
    expect(maskText(text, environment)).toBe(`*** at /root: window-seat is on; ${'*'.repeat(15)}`)
    expect(maskText(text, environment, ['SEAT'])).toContain('/root: *** is on')
  })
})
