import type { Entry } from './entry.ts'

/**
 * The surfaces to stop next, all at once: first those that send work to others, so that they can drain; then
 * dependents before what they depend on. Pure.
 *
 * @param left - what has not been told to stop yet, at least one
 * @param find - the surface of a key or name
 */
export function nextToStop(
  left: ReadonlySet<Entry>,
  find: (name: string) => Entry | undefined,
): readonly Entry[] {
  const consumers = [...left].filter(({ runner }) => runner?.definition.surface.consumesEndpoints)
  const candidates = consumers.length > 0 ? consumers : [...left]
  const free = candidates.filter((entry) => !isNeeded(entry, candidates, find))
  return free.length > 0 ? free : candidates
}

function isNeeded(
  entry: Entry,
  others: readonly Entry[],
  find: (name: string) => Entry | undefined,
): boolean {
  return others.some(
    (other) => other !== entry && other.datum.dependsOn.some((name) => find(name) === entry),
  )
}
