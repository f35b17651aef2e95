import { describe, expect, test } from 'vitest'
import { discoverDatums } from './discover.ts'
import { resolveDatum } from './resolve.ts'
import { catalogueOf, createScratch } from './scratch-fixture.ts'

const scratch = createScratch({
  'cache.job.toml': 'b00t.name = "store"',
  'cache.skill.toml': '',
  'notes.job.toml': '[b00t]',
  'twin.a.toml': 'b00t.name = "same"',
  'twin.b.toml': 'b00t.name = "same"',
  'torn.job.toml': 'b00t = [',
})
const { datums, degraded } = discoverDatums([scratch.path], catalogueOf())

scratch[Symbol.dispose]()

describe('resolveDatum()', () => {
  test.each([
    ['cache.job', 'cache.job'],
    ['store', 'cache.job'],
    ['notes', 'notes.job'],
    ['cache', 'cache.skill'],
    ['twin.b', 'twin.b'],
  ])('given %s, finds %s', (name, key) => {
    expect(resolveDatum(name, datums).key).toBe(key)
  })

  test('given a name that fits two, lists both', () => {
    expect(() => resolveDatum('same', datums)).toThrow(
      expect.objectContaining({
        code: 'DATUM_AMBIGUOUS',
        message: '"same" fits several datums: "twin.a", "twin.b"',
      }),
    )
  })

  test('given a misspelt name, names the nearest', () => {
    expect(() => resolveDatum('stroe', datums)).toThrow(
      expect.objectContaining({ code: 'DATUM_NOT_FOUND', hint: 'Write "store" instead.' }),
    )
    expect(() => resolveDatum('zzzzzz', datums)).toThrow(
      expect.objectContaining({ hint: 'List the known ones with `b00t datum list`.' }),
    )
  })

  test('given the name of a degraded file, fails with its reason and place', () => {
    expect(() => resolveDatum('torn', datums, degraded)).toThrow(
      expect.objectContaining({
        code: 'DATUM_SYNTAX',
        message: expect.stringMatching(/^Cannot use the datum "torn.job": Cannot read the file/),
        at: expect.objectContaining({ line: 1 }),
      }),
    )
  })
})
