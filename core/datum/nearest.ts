/**
 * The candidate closest to `word`, if one is close enough to be what was meant.
 *
 * Close means at most a third of the letters differ, and at least one may.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const [best] = nearestFirst(word, candidates)
  if (best === undefined) return undefined
  const limit = Math.max(1, Math.floor(Math.max(word.length, best.length) / 3))
  return editDistance(fold(word), fold(best)) <= limit ? best : undefined
}

/** The candidates ordered by their distance from `word`; equals keep their order. */
export function nearestFirst(word: string, candidates: Iterable<string>): string[] {
  const folded = fold(word)
  return [...candidates]
    .map((candidate) => ({ candidate, distance: editDistance(folded, fold(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate)
}

/** Letters to insert, remove, replace or swap with a neighbour until `from` reads `to`. */
export function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)]
  for (let row = 1; row <= from.length; row++) {
    rows[row] = [row]
    for (let column = 1; column <= to.length; column++) {
      const cell = cellOf(rows, row, column)
      const isSame = from[row - 1] === to[column - 1]
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      const steps = [cell(1, 0) + 1, cell(0, 1) + 1, cell(1, 1) + (isSame ? 0 : 1)]
      if (isSwap) steps.push(cell(2, 2) + 1)
      rows[row][column] = Math.min(...steps)
    }
  }
  return rows[from.length]?.[to.length] ?? 0
}

/** Reads the cell that lies so many rows up and columns left. */
function cellOf(
  rows: readonly (readonly number[])[],
  row: number,
  column: number,
): (up: number, left: number) => number {
  return (up, left) => rows[row - up]?.[column - left] ?? Number.POSITIVE_INFINITY
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll('-', '_')
}
