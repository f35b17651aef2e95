import { describe, expect, test } from 'vitest'
import { editDistance, nearest, nearestFirst } from './nearest.ts'

describe('nearest()', () => {
  test.each([
    ['max_tll', 'max_ttl'],
    ['prot', 'port'],
    ['auto-restart', 'auto_restart'],
    ['PORT', 'port'],
    ['volume', 'volumes'],
  ])('given %s, finds %s', (word, meant) => {
    expect(nearest(word, ['port', 'max_ttl', 'auto_restart', 'volumes'])).toBe(meant)
  })

  test('given a word that is far from all, finds nothing', () => {
    expect(nearest('banana', ['port', 'max_ttl'])).toBeUndefined()
    expect(nearest('x', [])).toBeUndefined()
  })
})

describe('nearestFirst()', () => {
  test('given words, puts the closest first and keeps the order of equals', () => {
    expect(nearestFirst('inf', ['warn', 'info', 'fast', 'slow'])[0]).toBe('info')
    expect(nearestFirst('zz', ['aa', 'bb'])).toEqual(['aa', 'bb'])
  })
})

describe('editDistance()', () => {
  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['abc', 'abc', 0],
    ['abc', 'acb', 1],
    ['abc', 'abd', 1],
    ['kitten', 'sitting', 3],
  ])('given %j and %j, counts %i', (from, to, count) => {
    expect(editDistance(from, to)).toBe(count)
  })
})
