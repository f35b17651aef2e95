import type { Problem } from '../error.ts'

/** Sorted by file, line and column; errors before warnings at one place. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return [...problems].sort(
    (a, b) =>
      compareText(a.at?.file ?? '', b.at?.file ?? '') ||
      (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
      (a.at?.column ?? 0) - (b.at?.column ?? 0) ||
      compareText(a.severity, b.severity),
  )
}

/** Makes every unknown key an error, as `--strict` asks. */
export function makeStrict(problems: readonly Problem[]): Problem[] {
  return problems.map((problem) =>
    problem.code === 'DATUM_UNKNOWN_KEY' ? { ...problem, severity: 'error' } : problem,
  )
}

/** Order by code units, the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
