import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GovernanceTable } from '../datum/governance.gen.ts'
import { backoffMs, countCrash, lintPolicy, readPolicy, stableAfterMs } from './policy.ts'

const RUNS = Number(process.env.B00T_PROPERTY_RUNS ?? 10_000) / 10
const DEFAULTS = readPolicy({})

describe('readPolicy()', () => {
  test('given nothing, gives the documented defaults', () => {
    expect(DEFAULTS).toEqual({
      allowedStarters: ['executive', 'operator'],
      maxTtlMs: 86_400_000,
      autoRestart: true,
      crashBudget: 5,
      crashWindowMs: 600_000,
      startTimeoutMs: 60_000,
      stopGraceMs: 10_000,
      backoffBaseMs: 1000,
      backoffCapMs: 60_000,
    })
  })

  test('given a table, takes it before the plugin, and the plugin before the defaults', () => {
    const table: GovernanceTable = { max_ttl: 90, allowed_starters: ['specialist', 'operator'] }
    expect(readPolicy(table, { max_ttl: '7d', stop_grace: '1m' })).toEqual({
      ...DEFAULTS,
      maxTtlMs: 90_000,
      stopGraceMs: 60_000,
      allowedStarters: ['agent', 'operator'],
    })
  })
})

describe('backoffMs()', () => {
  test('given any attempt, stays within 20 % of the doubled base and of the cap', () => {
    const bases = fc.integer({ min: 1, max: 10_000 })
    const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    const attempts = fc.integer({ min: 1, max: 5000 })
    fc.assert(
      fc.property(attempts, chances, bases, (attempt, random, backoffBaseMs) => {
        const policy = { ...DEFAULTS, backoffBaseMs }
        const plain = Math.min(60_000, backoffBaseMs * 2 ** (attempt - 1))
        const ms = backoffMs(attempt, random, policy)
        expect(ms).toBeGreaterThanOrEqual(Math.floor(plain * 0.8))
        expect(ms).toBeLessThanOrEqual(Math.ceil(plain * 1.2))
        expect(Number.isInteger(ms)).toBe(true)
      }),
      { numRuns: RUNS },
    )
  })

  test('given the middle of chance, doubles up to the cap', () => {
    const pauses = [1, 2, 3, 6, 7, 60].map((attempt) => backoffMs(attempt, 0.5, DEFAULTS))
    expect(pauses).toEqual([1000, 2000, 4000, 32_000, 60_000, 60_000])
  })
})

describe('countCrash()', () => {
  test('given crashes, keeps those younger than the window and adds the new one', () => {
    expect(countCrash([0, 1, 500], 1000, 1000)).toEqual([1, 500, 1000])
    expect(countCrash([], 7, 1)).toEqual([7])
  })
})

describe('stableAfterMs()', () => {
  test('given a cap, asks for twice as long, but at least a minute', () => {
    expect(stableAfterMs(DEFAULTS)).toBe(120_000)
    expect(stableAfterMs({ ...DEFAULTS, backoffCapMs: 1 })).toBe(60_000)
  })
})

describe('lintPolicy()', () => {
  test('given the defaults, finds nothing', () => {
    expect(lintPolicy(DEFAULTS, {})).toEqual([])
  })

  test.each([
    [{ crash_budget: 20, crash_window: '1m' }, 'crash_budget', 'never reached'],
    [{ auto_restart: false, backoff_base: '2s' }, 'backoff_base', 'auto_restart is false'],
    [{ auto_restart: false, backoff_cap: '2m' }, 'backoff_cap', 'auto_restart is false'],
    [{ backoff_base: '2m' }, 'backoff_base', 'backoff_cap is smaller'],
    [{ max_ttl: '1s' }, 'max_ttl', 'stop_grace is longer'],
  ])('given %j, says that %s is inert', (table, key, why) => {
    expect(lintPolicy(readPolicy(table), table)).toContainEqual({
      severity: 'warning',
      code: 'POLICY_INERT',
      pointer: `/b00t/governance/${key}`,
      message: expect.stringMatching(new RegExp(`governance\\.${key} can never .*${why}`)),
      hint: 'Change or remove one of the two settings.',
    })
  })

  test('given a budget that is just within reach, finds nothing', () => {
    const table = { crash_budget: 3, crash_window: '3s' }
    expect(lintPolicy(readPolicy(table), table)).toEqual([])
    const tight = { ...table, crash_window: '2s' }
    expect(lintPolicy(readPolicy(tight), tight)).toHaveLength(1)
  })
})
