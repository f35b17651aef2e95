/**
 * The candidate closest to `word`, if one is close enough to be what was meant.
 *
 * Close means that at most a third of the letters differ, and one may always differ.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const limitFor = (candidate: string) =>
    Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3))
  const possible = [...candidates].filter(
    (candidate) => Math.abs(candidate.length - word.length) <= limitFor(candidate),
  )
  const [best] = nearestFirst(word, possible)
  if (best === undefined) return undefined
  return editDistance(fold(word), fold(best)) <= limitFor(best) ? best : undefined
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
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1),
        isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

/** A cell of the distance table; outside of it nothing can be reached. */
function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll('-', '_')
}
