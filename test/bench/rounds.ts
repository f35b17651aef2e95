import { foreignCores, readTicks } from './machine.ts'

/** What one round found: target → measure → figure. */
export type Figures = Readonly<Record<string, Readonly<Record<string, number>>>>

/** Something to measure, all its targets one after the other. */
export interface Case {
  readonly name: string
  measure(): Promise<Figures>
}

/** The rounds of one case that count. */
export interface Rounds {
  readonly kept: readonly Figures[]
  /** Rounds left out because others kept more than 30 % of a core busy. */
  readonly dropped: number
  /** True where too few rounds were quiet, so that none was left out. */
  readonly noisy: boolean
}

/** How often and how long to measure. */
export interface RoundPlan {
  readonly cases: readonly Case[]
  /** Quiet rounds wanted of each case. */
  readonly wanted: number
  /** No round begins later than this, milliseconds from now. */
  readonly patienceMs: number
  /** Living children whose work is ours. */
  readonly children: readonly number[]
}

/** One round and how many cores others used meanwhile. */
export interface Round {
  readonly figures: Figures
  readonly foreign: number
}

/** 30 % of one core. */
const FOREIGN_LIMIT = 0.3
const FEWEST_QUIET = 3

/** Measures the cases in turn, round after round, until each has enough quiet rounds or the time is up. */
export async function runRounds(plan: RoundPlan): Promise<ReadonlyMap<string, Rounds>> {
  const found = new Map<string, Round[]>(plan.cases.map(({ name }) => [name, []]))
  const deadline = performance.now() + plan.patienceMs
  const isOpen = ({ name }: Case) => countQuiet(found.get(name) ?? []) < plan.wanted
  while (plan.cases.some(isOpen) && performance.now() < deadline) {
    for (const each of plan.cases.filter(isOpen)) {
      const before = readTicks(plan.children)
      const figures = await each.measure()
      const foreign = foreignCores(before, readTicks(plan.children))
      found.get(each.name)?.push({ figures, foreign })
    }
  }
  return new Map([...found].map(([name, rounds]) => [name, keepQuiet(rounds)]))
}

/** Leaves out the rounds that others disturbed; where hardly any would remain, keeps all and says so. Pure. */
export function keepQuiet(rounds: readonly Round[]): Rounds {
  const quiet = rounds.filter(isQuiet)
  const noisy = quiet.length < Math.min(FEWEST_QUIET, rounds.length)
  const kept = (noisy ? rounds : quiet).map(({ figures }) => figures)
  return { kept, dropped: rounds.length - kept.length, noisy }
}

function countQuiet(rounds: readonly Round[]): number {
  return rounds.filter(isQuiet).length
}

function isQuiet({ foreign }: Round): boolean {
  return foreign <= FOREIGN_LIMIT
}
