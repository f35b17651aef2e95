/** Numbers that look random and follow from one seed. */
export interface Random {
  /** Uniform, 0 or more and below 1. */
  uniform(): number
  /** Normal, mean 0 and variance 1. */
  normal(): number
  /** A whole number, 0 or more and below `limit`. */
  below(limit: number): number
}

/**
 * Makes a generator (mulberry32) whose sequence depends on the seed alone.
 *
 * @param seed - whole number; only its lowest 32 bits count
 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  return { uniform, normal, below: (limit) => Math.floor(uniform() * limit) }
}

/** A new array with the same items in an order drawn from `random`. */
export function shuffle<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, place: random.uniform() }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item)
}
