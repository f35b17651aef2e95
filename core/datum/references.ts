import { B00tError, type Problem } from '../error.ts'
import type { TypeCatalog } from './catalog.ts'
import type { Datum } from './datum.ts'
import type { Degraded } from './discover.ts'
import { type Needs, orderByNeeds } from './graph.ts'
import { firstPart } from './identity.ts'
import { sortProblems } from './problems.ts'
import { placeOf } from './read.ts'
import { createFinder, type Finder, listKeys, nearestDatum } from './resolve.ts'
import { isTable } from './toml.ts'

interface Found {
  readonly datums: readonly Datum[]
  readonly degraded: readonly Degraded[]
}

/**
 * Checks every `depends_on`, also of degraded files as far as they can be read, so that all is told at once.
 *
 * What cannot be resolved is an error for a datum that can be started and a warning for any other. A reference to
 * a degraded datum is not resolved. Circles are errors if a datum in them can be started.
 */
export function checkReferences(found: Found, types: TypeCatalog): Problem[] {
  const find = createFinder(found.datums)
  const readable = readableOf(found)
  const dangling = readable.flatMap((datum) =>
    datum.dependsOn.flatMap((name, index): Problem[] => {
      const fault = faultOf(name, find(name), {
        ...found,
        datums: found.datums.filter((other) => other !== datum),
      })
      const severity = types.isRunnable(datum) ? 'error' : 'warning'
      return fault ? [{ severity, ...fault, at: placeOf(datum, entryPointer(datum, index)) }] : []
    }),
  )
  const findAny = createFinder(readable)
  const circles = orderByNeeds(needsOf(readable, findAny)).cycles.map((cycle) =>
    circleProblem(cycle.flatMap(findAny), findAny, types),
  )
  return sortProblems([...dangling, ...circles])
}

/**
 * The datums to start for those wanted: what they depend on first, each once.
 *
 * References that lead nowhere are left out; {@link checkReferences} reports them.
 *
 * @throws {@link B00tError} `DATUM_CYCLE` if they depend on each other in a circle
 */
export function startOrder(wanted: readonly Datum[], all: readonly Datum[]): Datum[] {
  const byKey = new Map(all.map((datum) => [datum.key, datum]))
  const needs = needsOf(all, createFinder(all))
  const reached = reach(
    wanted.map(({ key }) => key),
    needs,
  )
  const { order, cycles } = orderByNeeds(
    new Map([...reached].map((key) => [key, needs.get(key) ?? []])),
  )
  const [cycle] = cycles
  if (cycle) throw new B00tError('DATUM_CYCLE', circleMessage(cycle))
  return order.flatMap((key) => byKey.get(key) ?? [])
}

/** Datums, and what can be read of degraded files whose key has no datum; one per key. */
function readableOf({ datums, degraded }: Found): readonly Datum[] {
  const byKey = new Map(datums.map((datum) => [datum.key, datum]))
  for (const { partial, problems } of degraded) {
    const isBroken = problems.some(({ code }) => code === 'PLUGIN_BROKEN')
    if (partial && !isBroken && !byKey.has(partial.key)) byKey.set(partial.key, partial)
  }
  return [...byKey.values()]
}

type Fault = Pick<Problem, 'code' | 'message' | 'hint'>

function faultOf(
  name: string,
  found: readonly Datum[],
  { datums, degraded }: Found,
): Fault | undefined {
  if (found.length === 1) return undefined
  if (found.length > 1) {
    return {
      code: 'DATUM_AMBIGUOUS',
      message: `depends_on names "${name}", which fits several datums: ${listKeys(found)}`,
      hint: 'Use the full key of one of them.',
    }
  }
  const code = 'DATUM_REFERENCE'
  const broken = degraded.find(({ key }) => key === name || firstPart(key) === name)
  if (broken) {
    const message = `depends_on names "${name}", which cannot be used: ${broken.file} is degraded`
    return { code, message, hint: 'Correct that file first.' }
  }
  const meant = nearestDatum(name, datums)
  return {
    code,
    message: `depends_on names "${name}", which is no datum`,
    hint: meant === undefined ? 'Correct the name or add the datum.' : `Write "${meant}" instead.`,
  }
}

/** Dependencies by key, as far as they lead to exactly one datum. */
function needsOf(datums: readonly Datum[], find: Finder): Needs {
  const keyFor = (name: string) => {
    const found = find(name)
    return found.length === 1 ? found.map(({ key }) => key) : []
  }
  return new Map(datums.map((datum) => [datum.key, datum.dependsOn.flatMap(keyFor)]))
}

/** The keys and everything they depend on, in the order in which they are met. */
function reach(keys: readonly string[], needs: Needs): Set<string> {
  const reached = new Set(keys)
  // A set that grows while it is walked is walked to its end.
  for (const key of reached) for (const need of needs.get(key) ?? []) reached.add(need)
  return reached
}

function circleProblem(members: readonly Datum[], find: Finder, types: TypeCatalog): Problem {
  const [first, second = first] = members
  const index = first?.dependsOn.findIndex((name) => find(name)[0] === second) ?? 0
  return {
    severity: members.some(types.isRunnable) ? 'error' : 'warning',
    code: 'DATUM_CYCLE',
    message: circleMessage(members.map(({ key }) => key)),
    hint: 'Remove one of the references in the circle.',
    ...(first && { at: placeOf(first, entryPointer(first, index)) }),
  }
}

function circleMessage(cycle: readonly string[]): string {
  return `Datums depend on each other in a circle: ${[...cycle, cycle[0]].join(' → ')}`
}

/** Where the entry stands; `depends_on` is a list or a table with the list under `requires`. */
function entryPointer({ document, dependsOn }: Datum, index: number): string {
  const written = isTable(document.b00t) ? document.b00t.depends_on : undefined
  const base = isTable(written) ? '/b00t/depends_on/requires' : '/b00t/depends_on'
  const list: unknown = isTable(written) ? written.requires : written
  const at = Array.isArray(list) ? list.indexOf(dependsOn[index]) : -1
  return `${base}/${at < 0 ? index : at}`
}
