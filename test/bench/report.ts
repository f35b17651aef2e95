import type { Figures, Rounds } from './rounds.ts'
import { pairedRatio, type Spread, spreadOf } from './statistics.ts'

/** What a target's median or its ratio to the reference is to stay below. */
export interface Goal {
  readonly target: string
  readonly of: 'median' | 'ratio'
  readonly atMost: number
}

/** Which figures a table shows. */
export interface TableSpec {
  readonly title: string
  /** Name of the figure within a target's figures. */
  readonly measure: string
  readonly unit: string
  /** The target that ratios are taken to. */
  readonly reference: string
  readonly goals: readonly Goal[]
}

/** One line of a table. */
interface Row {
  readonly target: string
  readonly spread: Spread
  /** To the reference, round by round; 1 for the reference itself. */
  readonly ratio: number
  readonly goals: readonly { readonly text: string; readonly met: boolean }[]
}

/** A table ready to be printed or written as JSON. */
export interface Table {
  readonly title: string
  readonly unit: string
  readonly reference: string
  readonly rows: readonly Row[]
  readonly rounds: number
  readonly dropped: number
  readonly noisy: boolean
}

/** What one bench found. */
export interface BenchResult {
  readonly name: string
  readonly tables: readonly Table[]
  /** Facts that no table holds, a sentence each. */
  readonly notes: readonly string[]
  /** Answers that were not what the upstream sent, and the like; anything here makes the run fail. */
  readonly faults: readonly string[]
}

/** Makes the table of one measure out of rounds. Pure. */
export function buildTable(spec: TableSpec, { kept, dropped, noisy }: Rounds): Table {
  const targets = Object.keys(kept[0] ?? {}).filter(
    (target) => kept[0]?.[target]?.[spec.measure] !== undefined,
  )
  const references = figuresOf(kept, spec.reference, spec.measure)
  const rows = targets.map((target) => {
    const values = figuresOf(kept, target, spec.measure)
    const spread = spreadOf(values)
    const ratio = pairedRatio(values, references)
    const goals = spec.goals
      .filter((goal) => goal.target === target)
      .map((goal) => judge(goal, goal.of === 'ratio' ? ratio : spread.median, spec.unit))
    return { target, spread, ratio, goals }
  })
  const { title, unit, reference } = spec
  return { title, unit, reference, rows, rounds: kept.length, dropped, noisy }
}

/** Prints a table as aligned lines. Pure. */
export function renderTable(table: Table): string[] {
  const { title, unit, reference, rounds, dropped, noisy } = table
  const header = ['target', `median ${unit}`, 'min–max', `× ${reference}`, 'goal']
  const cells = table.rows.map(({ target, spread, ratio, goals }) => [
    target,
    formatNumber(spread.median),
    `${formatNumber(spread.least)}–${formatNumber(spread.most)}`,
    Number.isFinite(ratio) ? ratio.toFixed(2) : '-',
    goals.map(({ text, met }) => `${text} ${met ? 'met' : 'MISSED'}`).join(', '),
  ])
  const others = noisy
    ? 'others used more than 30 % of a core in most rounds, so all are kept: repeat on a quiet machine'
    : `${dropped} dropped because others used more than 30 % of a core`
  return [`${title} – ${rounds} rounds, ${others}`, ...align([header, ...cells])]
}

function figuresOf(rounds: readonly Figures[], target: string, measure: string): number[] {
  return rounds.map((figures) => figures[target]?.[measure] ?? Number.NaN)
}

function judge({ of, atMost }: Goal, value: number, unit: string): Row['goals'][number] {
  // Judged as it is printed: a ratio shown as 2.00 does not miss a goal of 2.
  const met = Number(value.toFixed(2)) <= atMost
  return { text: of === 'ratio' ? `≤ ${atMost}×` : `≤ ${atMost} ${unit}`, met }
}

/** Three significant digits, but never fewer than the whole number has. */
function formatNumber(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value))
  return String(Number(value.toPrecision(3)))
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows.map((row) =>
    `  ${row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  ')}`.trimEnd(),
  )
}

/** Names and goals to the left, figures to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 || column === 4 ? cell.padEnd(width) : cell.padStart(width)
}
