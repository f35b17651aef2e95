import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createStopFilter } from './stop-filter.ts'

describe('createStopFilter()', () => {
  test('given the beginning of a stop text, holds it back until it is clear', () => {
    const filter = createStopFilter(['END'])
    expect([filter.push('a E'), filter.push('N'), filter.push('x'), filter.flush()]).toEqual([
      'a ',
      '',
      'ENx',
      '',
    ])
  })

  test('given a stop text, shows what stands before it and nothing more', () => {
    const filter = createStopFilter(['END', 'ND'])
    expect(filter.push('one E')).toBe('one ')
    expect(filter.push('ND two')).toBe('')
    expect(filter.stopped).toBe(true)
    expect(filter.push('three')).toBe('')
    expect(filter.flush()).toBe('')
  })

  test('given more stop texts than a call takes arguments, works all the same', () => {
    const filter = createStopFilter(Array.from({ length: 300_000 }, () => 'x'))
    expect(filter.push('axb')).toBe('a')
  })

  test('given any pieces of a text, shows the text up to its first stop text', () => {
    const pieces = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 4 }))
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1 }), {
      maxLength: 3,
    })
    fc.assert(
      fc.property(pieces, stops, (texts, marks) => {
        const filter = createStopFilter(marks)
        const shown = texts.map((text) => filter.push(text)).join('') + filter.flush()
        const whole = texts.join('')
        const places = marks.map((mark) => whole.indexOf(mark)).filter((place) => place >= 0)
        expect(shown).toBe(places.length === 0 ? whole : whole.slice(0, Math.min(...places)))
      }),
    )
  })
})
