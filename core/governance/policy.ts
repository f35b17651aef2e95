import type { LintProblem } from '../datum/catalog.ts'
import { parseDuration } from '../datum/duration.ts'
import type { GovernanceTable } from '../datum/governance.gen.ts'
import { parseRole, type Role } from './role.ts'

/** The rules under which a surface runs. All times in milliseconds. */
export interface GovernancePolicy {
  readonly allowedStarters: readonly Role[]
  /** After this long in `running` the surface is re-evaluated: renewed with a reason, or stopped. */
  readonly maxTtlMs: number
  readonly autoRestart: boolean
  /** Crashes inside `crashWindowMs` that lead to quarantine, 1…100. */
  readonly crashBudget: number
  readonly crashWindowMs: number
  readonly startTimeoutMs: number
  readonly stopGraceMs: number
  readonly backoffBaseMs: number
  readonly backoffCapMs: number
}

const DEFAULTS: Required<GovernanceTable> = {
  allowed_starters: ['executive', 'operator'],
  max_ttl: '24h',
  auto_restart: true,
  crash_budget: 5,
  crash_window: '10m',
  start_timeout: '60s',
  stop_grace: '10s',
  backoff_base: '1s',
  backoff_cap: '60s',
}

/** Jitter keeps surfaces that died together from coming back together. */
const JITTER = 0.2

/** The policy of a checked table, the gaps filled from the plugin's defaults and then from ours. */
export function readPolicy(
  table: GovernanceTable,
  pluginDefaults: GovernanceTable = {},
): GovernancePolicy {
  const value = { ...DEFAULTS, ...pluginDefaults, ...table }
  return {
    allowedStarters: value.allowed_starters.map(parseRole).filter((role) => role !== undefined),
    maxTtlMs: parseDuration(value.max_ttl),
    autoRestart: value.auto_restart,
    crashBudget: value.crash_budget,
    crashWindowMs: parseDuration(value.crash_window),
    startTimeoutMs: parseDuration(value.start_timeout),
    stopGraceMs: parseDuration(value.stop_grace),
    backoffBaseMs: parseDuration(value.backoff_base),
    backoffCapMs: parseDuration(value.backoff_cap),
  }
}

/** The crash times that still count, with the one at `now` added. */
export function countCrash(crashes: readonly number[], now: number, windowMs: number): number[] {
  return [...crashes.filter((at) => now - at < windowMs), now]
}

/**
 * The pause before restart number `attempt`: doubling from the base up to the cap, ±20 %.
 *
 * @param attempt - 1 or more
 * @param random - 0 (inclusive) to 1 (exclusive)
 */
export function backoffMs(attempt: number, random: number, policy: GovernancePolicy): number {
  const plain = Math.min(policy.backoffCapMs, policy.backoffBaseMs * 2 ** Math.min(attempt - 1, 52))
  return Math.round(plain * (1 - JITTER + 2 * JITTER * random))
}

/** Time in `running` after which a crash no longer counts as part of the same series of attempts. */
export function stableAfterMs(policy: GovernancePolicy): number {
  return Math.max(2 * policy.backoffCapMs, 60_000)
}

/** Settings that can never take effect, as warnings. */
export function lintPolicy(policy: GovernancePolicy, written: GovernanceTable): LintProblem[] {
  return [
    budgetUnreachable(policy),
    ...(['backoff_base', 'backoff_cap'] as const).map((key) =>
      policy.autoRestart || written[key] === undefined
        ? undefined
        : inert(key, 'auto_restart is false, so nothing is restarted'),
    ),
    policy.backoffBaseMs > policy.backoffCapMs
      ? inert('backoff_base', 'backoff_cap is smaller, so the base is never used')
      : undefined,
    policy.maxTtlMs < policy.stopGraceMs
      ? inert('max_ttl', 'stop_grace is longer, so a stop outlives the time to live')
      : undefined,
  ].filter((problem) => problem !== undefined)
}

function budgetUnreachable(policy: GovernancePolicy): LintProblem | undefined {
  if (!policy.autoRestart) return undefined
  let waited = 0
  for (let attempt = 1; attempt < policy.crashBudget; attempt++) {
    waited += backoffMs(attempt, 0, policy)
  }
  if (waited < policy.crashWindowMs) return undefined
  return inert(
    'crash_budget',
    `the pauses before ${policy.crashBudget} crashes add up to ${Math.round(waited / 1000)} s, crash_window is ${policy.crashWindowMs / 1000} s, so the budget is never reached`,
  )
}

function inert(key: keyof GovernanceTable, why: string): LintProblem {
  return {
    severity: 'warning',
    code: 'POLICY_INERT',
    pointer: `/b00t/governance/${key}`,
    message: `governance.${key} can never take effect: ${why}`,
    hint: 'Change or remove one of the two settings.',
  }
}
