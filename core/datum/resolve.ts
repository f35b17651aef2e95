import { B00tError } from '../error.ts'
import type { Datum } from './datum.ts'
import type { Degraded } from './discover.ts'
import { firstPart } from './identity.ts'
import { nearest } from './nearest.ts'

/**
 * Finds the datum that a person means.
 *
 * @param name - a key, else a `[b00t].name`, else the first part of a key
 * @throws {@link B00tError} `DATUM_AMBIGUOUS` with the candidates, `DATUM_NOT_FOUND` with the nearest name, or
 *   the reason why the file of that name is degraded
 */
export function resolveDatum(
  name: string,
  datums: readonly Datum[],
  degraded: readonly Degraded[] = [],
): Datum {
  const found = createFinder(datums)(name)
  const [first] = found
  if (first && found.length === 1) return first
  if (first) throw ambiguous(name, found)
  const broken = degraded.find(({ key }) => key === name || firstPart(key) === name)
  throw broken ? unusable(broken) : notFound(name, datums)
}

/** Every datum that a name may mean. */
export type Finder = (name: string) => readonly Datum[]

/** Indexes datums by key, by name and by the first part of the key, and looks a name up in this order. */
export function createFinder(datums: readonly Datum[]): Finder {
  const indexes = [
    groupBy(datums, ({ key }) => key),
    groupBy(datums, ({ name }) => name),
    groupBy(datums, ({ key }) => firstPart(key)),
  ]
  return (name) => indexes.map((index) => index.get(name)).find((found) => found) ?? []
}

function groupBy(datums: readonly Datum[], word: (datum: Datum) => string): Map<string, Datum[]> {
  const groups = new Map<string, Datum[]>()
  for (const datum of datums) {
    const group = groups.get(word(datum))
    if (group) group.push(datum)
    else groups.set(word(datum), [datum])
  }
  return groups
}

/** The key or name nearest to a misspelt one. */
export function nearestDatum(name: string, datums: readonly Datum[]): string | undefined {
  return nearest(name, new Set(datums.flatMap((datum) => [datum.key, datum.name])))
}

/** `"a", "b" and 3 more`, for messages. */
export function listKeys(datums: readonly Datum[]): string {
  const keys = datums.map(({ key }) => `"${key}"`)
  const shown = keys.slice(0, 5).join(', ')
  return keys.length > 5 ? `${shown} and ${keys.length - 5} more` : shown
}

function ambiguous(name: string, found: readonly Datum[]): B00tError {
  return new B00tError('DATUM_AMBIGUOUS', `"${name}" fits several datums: ${listKeys(found)}`, {
    hint: 'Use the full key of one of them.',
  })
}

function notFound(name: string, datums: readonly Datum[]): B00tError {
  const meant = nearestDatum(name, datums)
  const message = `No datum has the key or name "${name}"`
  if (meant === undefined) return new B00tError('DATUM_NOT_FOUND', message)
  return new B00tError('DATUM_NOT_FOUND', message, { hint: `Write "${meant}" instead.` })
}

function unusable({ key, file, problems }: Degraded): B00tError {
  const [first] = problems
  return new B00tError(
    first?.code ?? 'DATUM_UNREADABLE',
    `Cannot use the datum "${key}": ${first?.message ?? 'its file cannot be read'}`,
    { at: first?.at ?? { file }, problems, ...(first?.hint && { hint: first.hint }) },
  )
}
