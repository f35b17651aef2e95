/** Who needs whom: each key with the keys it depends on. */
export type Needs = ReadonlyMap<string, readonly string[]>

/** A start order, and the circles that had to be cut to find one. */
export interface Ordering {
  /** Every key once, after the keys it depends on. */
  readonly order: readonly string[]
  /** Each circle as its keys, beginning with the first in alphabetical order. */
  readonly cycles: readonly (readonly string[])[]
}

/**
 * Orders keys so that what is needed comes first. The same input gives the same order.
 *
 * Needs that are not in the map count as met. Every circle is cut at one place and reported.
 */
export function orderByNeeds(needs: Needs): Ordering {
  const order: string[] = []
  const cycles: string[][] = []
  const open = openNeeds(needs)
  const neededBy = reverse(open)
  const ready = [...open.keys()].filter((key) => open.get(key)?.size === 0)
  while (order.length < open.size) {
    for (let at = 0; at < ready.length; at++) finish(ready[at] ?? '', { open, neededBy, ready })
    order.push(...ready.splice(0))
    const cycle = order.length < open.size ? findCycle(open, new Set(order)) : undefined
    if (!cycle) continue
    cycles.push(smallestFirst(cycle))
    cut(cycle, open, ready)
  }
  return { order, cycles }
}

interface Progress {
  readonly open: Map<string, Set<string>>
  readonly neededBy: ReadonlyMap<string, readonly string[]>
  readonly ready: string[]
}

function openNeeds(needs: Needs): Map<string, Set<string>> {
  const inside = (key: string) => needs.has(key)
  return new Map([...needs].map(([key, wanted]) => [key, new Set(wanted.filter(inside))]))
}

function reverse(open: ReadonlyMap<string, ReadonlySet<string>>): Map<string, string[]> {
  const neededBy = new Map<string, string[]>()
  for (const [key, wanted] of open) {
    for (const need of wanted) {
      const users = neededBy.get(need)
      if (users) users.push(key)
      else neededBy.set(need, [key])
    }
  }
  return neededBy
}

function finish(done: string, { open, neededBy, ready }: Progress): void {
  for (const key of neededBy.get(done) ?? []) {
    const left = open.get(key)
    if (left?.delete(done) && left.size === 0) ready.push(key)
  }
}

/** Follows open needs from the first unfinished key until one comes round again. */
function findCycle(open: ReadonlyMap<string, ReadonlySet<string>>, done: Set<string>): string[] {
  const path = new Set<string>()
  let key = [...open.keys()].find((candidate) => !done.has(candidate))
  while (key !== undefined && !path.has(key)) {
    path.add(key)
    ;[key] = open.get(key) ?? []
  }
  const keys = [...path]
  return key === undefined ? [] : keys.slice(keys.indexOf(key))
}

/** Forgets the last need of the circle, the one that closes it. */
function cut(cycle: readonly string[], open: Map<string, Set<string>>, ready: string[]): void {
  const last = cycle.at(-1) ?? ''
  const left = open.get(last)
  left?.delete(cycle[0] ?? '')
  if (left?.size === 0) ready.push(last)
}

function smallestFirst(cycle: readonly string[]): string[] {
  const start = cycle.indexOf([...cycle].sort()[0] ?? '')
  return [...cycle.slice(start), ...cycle.slice(0, start)]
}
