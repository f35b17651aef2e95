import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseDatum } from './read.ts'
import { renderReport } from './report.ts'
import { catalogueOf } from './scratch-fixture.ts'

const numRuns = Number(process.env.B00T_PROPERTY_RUNS ?? 200)

const types = catalogueOf({
  additionalProperties: false,
  required: ['command'],
  properties: {
    command: { type: 'string' },
    port: { type: 'integer', default: 80 },
    either: { oneOf: [{ type: 'string' }, { type: 'object', required: ['a'] }] },
  },
})

const SOURCE = `[b00t]
name = "x"
depends_on = ["a", { b = 1 }]
env = { A = "1", "b c".d = 2026-01-02 }

[b00t.job]
command = '''
# b00t:map v1
'''
port = 80
either = { a = 1 }

[[b00t.usage]]
command = "é😀"

[b00t.governance]
max_ttl = "24h"
crash_budget = 3
allowed_starters = ["agent"]

# b00t:map v1
# summary: x
# tags: a, b
`

describe('parseDatum() on damaged files', () => {
  test('given any bytes, gives a datum or an error with a place inside the file', () => {
    fc.assert(fc.property(damaged(), expectSense), { numRuns })
  })

  test('given the shapes of real files cut anywhere, gives a datum or an error with a place', () => {
    const folder = fileURLToPath(new URL('../../test/fixtures/datums/valid', import.meta.url))
    const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.toml(lm|lmd)?$/.test(name))
      .map((name) => readFileSync(`${folder}/${name}`))
    const cuts = fc.tuple(fc.constantFrom(...texts), fc.double({ min: 0, max: 1, noNaN: true }))
    fc.assert(
      fc.property(cuts, ([bytes, share]) => {
        expectSense(bytes.subarray(0, Math.floor(bytes.length * share)))
      }),
      { numRuns },
    )
  })
})

/** The source with some of it cut out, doubled, or replaced by other bytes. */
function damaged(): fc.Arbitrary<Buffer> {
  const bytes = Buffer.from(SOURCE)
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 4 }).map((array) => Buffer.from(array)),
    fc.constantFrom('=', '[', ']', '"', "'''", '\n', '#', '{', '}', '.', ',').map(Buffer.from),
  )
  const place = fc.nat({ max: bytes.length })
  const change = fc.tuple(place, fc.nat({ max: 12 }), piece)
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) =>
      changes.reduce(
        (text, [at, count, inserted]) =>
          Buffer.concat([text.subarray(0, at), inserted, text.subarray(at + count)]),
        bytes,
      ),
    )
}

function expectSense(bytes: Buffer): void {
  const { datum, problems } = parseDatum('/d/x.job.toml', bytes, types)
  const errors = problems.filter(({ severity }) => severity === 'error')
  expect(errors.length === 0).toBe(datum !== undefined)
  const lines = bytes.toString('utf8').split('\n').length
  for (const { at, message } of problems) {
    expect(message).toMatch(/^[A-Z`[]/)
    expect(at?.line ?? 1).toBeLessThanOrEqual(lines)
    expect(at?.column ?? 1).toBeGreaterThan(0)
    expect(at?.endColumn ?? Number.MAX_VALUE).toBeGreaterThan(at?.column ?? 0)
  }
  expect(typeof renderReport(problems, { format: 'human', folder: '/d' })).toBe('string')
}
