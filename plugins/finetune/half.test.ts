import { describe, expect, test } from 'vitest'
import { halfOf, numberOfHalf } from './half.ts'

describe('halfOf()', () => {
  test.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_520, 0x7c00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [2 ** -14, 0x0400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [0.1, 0x2e66],
  ])('given %d, gives the nearest pattern', (value, bits) => {
    expect(halfOf(value)).toBe(bits)
  })

  test('given every number that a half can hold, gives its own pattern', () => {
    const patterns = Array.from({ length: 65_536 }, (_, bits) => bits)
    const finite = patterns.filter((bits) => !Number.isNaN(numberOfHalf(bits)))
    expect(finite.filter((bits) => halfOf(numberOfHalf(bits)) !== bits)).toEqual([])
  })

  test('given something that is not a number, keeps it so', () => {
    expect(numberOfHalf(halfOf(Number.NaN))).toBeNaN()
  })
})
