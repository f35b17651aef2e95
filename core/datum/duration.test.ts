import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import head from '../../schemas/datum.schema.json' with { type: 'json' }
import { formatDuration, parseDuration } from './duration.ts'

const numRuns = Number(process.env.B00T_PROPERTY_RUNS ?? 200)

describe('parseDuration()', () => {
  test.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['10m', 600_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['0s', 0],
    [' 2m ', 120_000],
    [90, 90_000],
    [0.25, 250],
  ])('given %j, gives %i ms', (written, ms) => {
    expect(parseDuration(written)).toBe(ms)
  })

  test.each(['', 'x', '10', '10 m', '-1s', '1m1h', '1e3s', '99999999999s', 's', '1h 30m'])(
    'given %j, fails with USAGE and examples',
    (written) => {
      expect(() => parseDuration(written)).toThrow(
        expect.objectContaining({
          code: 'USAGE',
          message: `Cannot read the duration ${JSON.stringify(written)}: expected e.g. 500ms, 10s, 10m, 24h, 7d`,
        }),
      )
    },
  )

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e300])(
    'given the number %d, fails with USAGE',
    (written) => {
      expect(() => parseDuration(written)).toThrow(expect.objectContaining({ code: 'USAGE' }))
    },
  )
})

describe('parseDuration() and the schema', () => {
  test('given any text, accepts exactly what the schema accepts', () => {
    const pattern = new RegExp(head.$defs.duration.pattern)
    const parts = fc.array(
      fc.tuple(
        fc.oneof(fc.nat().map(String), fc.constantFrom('', '1.5', '-1', '0.1234')),
        fc.constantFrom('d', 'h', 'm', 's', 'ms', '', 'x'),
      ),
      { maxLength: 4 },
    )
    fc.assert(
      fc.property(parts, (pairs) => {
        const written = pairs.map((pair) => pair.join('')).join('')
        expect(isReadable(written)).toBe(pattern.test(written))
      }),
      { numRuns },
    )
  })
})

describe('formatDuration()', () => {
  test.each([
    [0, '0s'],
    [500, '500ms'],
    [90_000, '1m30s'],
    [86_400_000, '1d'],
    [90_061_001, '1d1h1m1s1ms'],
  ])('given %i ms, gives %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('given any whole number of milliseconds, gives what parseDuration reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999 * 86_400_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms)
      }),
      { numRuns },
    )
  })
})

function isReadable(written: string): boolean {
  try {
    parseDuration(written)
    return true
  } catch {
    return false
  }
}
