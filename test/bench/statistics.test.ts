import { describe, expect, test } from 'vitest'
import { mean, median, pairedRatio, quantile, spreadOf } from './statistics.ts'

describe('median()', () => {
  test.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
  ])('given %j, is %d', (values, expected) => {
    expect(median(values)).toBe(expected)
  })

  test('given no value, is not a number', () => {
    expect(median([])).toBeNaN()
  })
})

describe('mean()', () => {
  test('given some values, is their sum by their count', () => {
    expect(mean([1, 2, 6])).toBe(3)
  })
})

describe('quantile()', () => {
  test('given a share between two values, lies between them', () => {
    expect(quantile([0, 10, 20, 30, 40], 0.9)).toBe(36)
  })

  test('given values out of order, leaves them as they are', () => {
    const values = [2, 1]
    quantile(values, 0.5)
    expect(values).toEqual([2, 1])
  })
})

describe('spreadOf()', () => {
  test('given some values, names the middle and both ends', () => {
    expect(spreadOf([7, 5, 100])).toEqual({ median: 7, least: 5, most: 100 })
  })
})

describe('pairedRatio()', () => {
  test('given one slow round, is what the other rounds say', () => {
    expect(pairedRatio([20, 200, 22], [10, 100, 10])).toBe(2)
  })

  test('given a round without reference, is not a number', () => {
    expect(pairedRatio([1], [])).toBeNaN()
  })
})
