import { createHash } from 'node:crypto'
import type { Datum } from '../datum/datum.ts'

/** What applying the datums would do to one surface. */
export interface PlanEntry {
  readonly key: string
  readonly change: 'create' | 'restart' | 'live' | 'remove' | 'keep'
  readonly why: string
}

/** What runs, or could run, now. */
export interface Present {
  readonly datum: Datum
  readonly live: boolean
}

/**
 * Compares what is loaded with what the files say. Pure.
 *
 * @param present - by key
 * @param wanted - valid, startable datums
 * @param invalid - by key of a present surface: why its file cannot be used; the last good one stays
 */
export function computePlan(
  present: ReadonlyMap<string, Present>,
  wanted: readonly Datum[],
  invalid: ReadonlyMap<string, string>,
): PlanEntry[] {
  const kept = new Set(wanted.map((datum) => datum.key))
  const changes = wanted.map((datum) => compare(datum, present.get(datum.key)))
  const gone = [...present.keys()]
    .filter((key) => !kept.has(key))
    .map((key): PlanEntry => {
      const why = invalid.get(key)
      return why === undefined
        ? { key, change: 'remove', why: 'its file is gone' }
        : { key, change: 'keep', why: `its file cannot be used, the last good one stays: ${why}` }
    })
  return [...changes, ...gone].sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Hash of everything that a running process depends on; policy and descriptions are not part of it. */
function runHash(datum: Datum): string {
  const { type, table, file, name } = datum
  return createHash('sha256').update(JSON.stringify({ type, table, file, name })).digest('hex')
}

function compare(datum: Datum, present: Present | undefined): PlanEntry {
  const { key } = datum
  if (!present) return { key, change: 'create', why: 'it is new' }
  if (present.datum.hash === datum.hash) return { key, change: 'keep', why: 'nothing has changed' }
  if (runHash(present.datum) === runHash(datum)) {
    return { key, change: 'live', why: 'only its rules or descriptions have changed' }
  }
  if (!present.live) return { key, change: 'live', why: 'it has changed and is not running' }
  return { key, change: 'restart', why: `[b00t.${datum.type}] has changed` }
}
