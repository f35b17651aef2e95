import type { Key } from './key.ts'
import { matchesGlobs } from './key.ts'
import type { ModelEntry, Prospect } from './rank.ts'

/**
 * One model list made of several endpoints' lists: no model twice, the first endpoint in order wins, and only
 * models the key may use.
 */
export function joinModelLists(
  prospects: readonly Prospect[],
  key: Key,
): { readonly object: 'list'; readonly data: readonly ModelEntry[] } {
  const joined = new Map<string, ModelEntry>()
  for (const prospect of prospects) {
    for (const entry of entriesOf(prospect)) {
      if (!joined.has(entry.id) && matchesGlobs(key.models, entry.id)) joined.set(entry.id, entry)
    }
  }
  return { object: 'list', data: [...joined.values()] }
}

function entriesOf({ candidate, health }: Prospect): readonly ModelEntry[] {
  const own = { object: 'model', created: 0, owned_by: candidate.name }
  const declared = candidate.models.map((id) => ({ id, ...own }))
  return [...(health.list ?? []).map((entry) => ({ ...own, ...entry })), ...declared]
}
