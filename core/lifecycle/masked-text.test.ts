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

  test('given a secret that begins with another, leaves nothing of it', () => {
    const environment = { A_SECRET: 'hunter2hunter2', B_SECRET: 'hunter2hunter2-prod' }
    expect(maskText('no login with hunter2hunter2-prod', environment)).toBe('no login with ***')
  })
})
