/** The middle of some figures and how far they lie apart. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** The middle value; of an even number of values the mean of the two in the middle; `NaN` of none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/**
 * The value below which a share of the values lies, straight between its two neighbours; `NaN` of none.
 *
 * @param share - 0 to 1
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

/** The sum by the count; `NaN` of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Median, least and most of some values. */
export function spreadOf(values: readonly number[]): Spread {
  return {
    median: median(values),
    least: quantile(values, 0),
    most: quantile(values, 1),
  }
}

/**
 * The median of the ratios of two figures taken in the same round. What slows a whole round down, slows both down
 * and leaves their ratio alone; the ratio of two medians would compare different rounds.
 */
export function pairedRatio(values: readonly number[], references: readonly number[]): number {
  return median(values.map((value, round) => value / (references[round] ?? Number.NaN)))
}
