import { describe, expect, test } from 'vitest'
import { discoverDatums } from './discover.ts'
import { checkReferences, startOrder } from './references.ts'
import { resolveDatum } from './resolve.ts'
import { catalogueOf, createScratch } from './scratch-fixture.ts'

const types = catalogueOf()

/** Job datums by name, with what each depends on. */
function jobs(needs: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(needs).map(([name, list]) => [
      `${name}.job.toml`,
      `[b00t]\ndepends_on = ${JSON.stringify(list)}\n`,
    ]),
  )
}

describe('checkReferences()', () => {
  test('given references by key, name and first part, finds nothing wrong', () => {
    using scratch = createScratch({
      ...jobs({ a: ['b.job', 'c', 'known'], b: [], c: [] }),
      'd.skill.toml': 'b00t.name = "known"',
    })
    expect(checkReferences(discoverDatums([scratch.path], types), types)).toEqual([])
  })

  test('given an unknown one, is an error at its entry for a job and a warning for knowledge', () => {
    using scratch = createScratch({
      ...jobs({ a: ['b', 'cahce'], b: [], cache: [] }),
      'd.skill.toml': '[b00t.depends_on]\nrequires = [\n  "zzz",\n]\n',
    })
    expect(checkReferences(discoverDatums([scratch.path], types), types)).toMatchObject([
      {
        severity: 'error',
        code: 'DATUM_REFERENCE',
        message: 'depends_on names "cahce", which is no datum',
        at: { line: 2, column: 19, endColumn: 26 },
        hint: 'Write "cache" instead.',
      },
      {
        severity: 'warning',
        at: { line: 3, column: 3 },
        hint: 'Correct the name or add the datum.',
      },
    ])
  })

  test('given one to a degraded file, does not count it as resolved', () => {
    using scratch = createScratch({ ...jobs({ a: ['b'] }), 'b.job.toml': 'b00t = [' })
    const problems = checkReferences(discoverDatums([scratch.path], types), types)
    expect(problems).toMatchObject([
      { code: 'DATUM_REFERENCE', message: expect.stringContaining('b.job.toml is degraded') },
    ])
  })

  test('given a degraded file that can be parsed, checks its references and circles, too', () => {
    const table = { type: 'object', properties: { size: { type: 'integer' } } }
    const strict = catalogueOf(table)
    using scratch = createScratch({
      ...jobs({ a: ['b'] }),
      'b.job.toml': '[b00t]\ndepends_on = ["a", "nobody"]\n[b00t.job]\nsize = "x"\n',
    })
    const found = discoverDatums([scratch.path], strict)
    expect(found.degraded).toHaveLength(1)
    expect(checkReferences(found, strict).map(({ code, message }) => [code, message])).toEqual([
      ['DATUM_REFERENCE', expect.stringContaining('b.job.toml is degraded')],
      ['DATUM_CYCLE', expect.stringContaining('a.job → b.job → a.job')],
      ['DATUM_REFERENCE', 'depends_on names "nobody", which is no datum'],
    ])
  })

  test('given one that fits several, lists them', () => {
    using scratch = createScratch({ ...jobs({ a: ['b'] }), 'b.skill.toml': '', 'b.role.toml': '' })
    expect(checkReferences(discoverDatums([scratch.path], types), types)).toMatchObject([
      {
        code: 'DATUM_AMBIGUOUS',
        message: 'depends_on names "b", which fits several datums: "b.role", "b.skill"',
      },
    ])
  })

  test('given circles, prints each once, from its first key on', () => {
    using scratch = createScratch(jobs({ a: ['b'], b: ['x', 'c'], c: ['a'], x: [], z: ['z'] }))
    const problems = checkReferences(discoverDatums([scratch.path], types), types)
    expect(problems).toMatchObject([
      {
        severity: 'error',
        code: 'DATUM_CYCLE',
        message: 'Datums depend on each other in a circle: a.job → b.job → c.job → a.job',
        at: { line: 2, column: 15 },
      },
      { message: 'Datums depend on each other in a circle: z.job → z.job' },
    ])
  })
})

describe('startOrder()', () => {
  test('given one wanted, puts what it needs first and leaves the rest out', () => {
    using scratch = createScratch(jobs({ a: ['b', 'c'], b: ['c', 'absent'], c: [], d: ['a'] }))
    const { datums } = discoverDatums([scratch.path], types)
    const order = startOrder([resolveDatum('a', datums)], datums)
    expect(order.map(({ key }) => key)).toEqual(['c.job', 'b.job', 'a.job'])
  })

  test('given a circle among what it needs, fails; given one elsewhere, does not', () => {
    using scratch = createScratch(jobs({ a: ['b'], b: ['c'], c: ['b'], free: [] }))
    const { datums } = discoverDatums([scratch.path], types)
    expect(startOrder([resolveDatum('free', datums)], datums)).toHaveLength(1)
    expect(() => startOrder([resolveDatum('a', datums)], datums)).toThrow(
      expect.objectContaining({
        code: 'DATUM_CYCLE',
        message: 'Datums depend on each other in a circle: b.job → c.job → b.job',
      }),
    )
  })
})
