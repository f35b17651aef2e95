import { extname, resolve } from 'node:path'
import type { Problem } from '../error.ts'
import type { TypeCatalog } from './catalog.ts'
import type { Datum } from './datum.ts'
import { listDatumFiles } from './datum-files.ts'
import { EXTENSIONS, keyOf } from './identity.ts'
import { compareText, sortProblems } from './problems.ts'
import { type Reading, readDatum } from './read.ts'

/** A file that should be a datum but cannot be used, and why. */
export interface Degraded {
  readonly key: string
  /** Absolute path. */
  readonly file: string
  readonly problems: readonly Problem[]
  /** What could be read of it all the same, fit for looking at its references only. */
  readonly partial?: Datum
}

/** Everything that was found in the datum folders. */
export interface Discovery {
  /** One per key, sorted by key. */
  readonly datums: readonly Datum[]
  /** Sorted by file. */
  readonly degraded: readonly Degraded[]
  /** Warnings about the datums, and what is wrong with the folders; sorted by place. */
  readonly problems: readonly Problem[]
}

/** One file with what came of it and the place in the order of folders. */
interface Candidate extends Reading {
  readonly key: string
  readonly file: string
  readonly folder: number
  readonly rank: number
}

/**
 * Reads every datum below the folders.
 *
 * For one key, an earlier folder wins over a later one without a word, also when its file is degraded: a broken
 * override must not fall back to what it overrides. Within one folder a readable file wins over a degraded one,
 * then `.tomllmd` over `.tomllm` over `.toml`; of two equals with different content the first path is used, and
 * the other is reported as a `DATUM_DUPLICATE`.
 *
 * @param folders - earlier ones win; one that does not exist counts as empty
 */
export function discoverDatums(folders: readonly string[], types: TypeCatalog): Discovery {
  const problems: Problem[] = []
  const byKey = new Map<string, Candidate[]>()
  for (const [folder, root] of folders.entries()) {
    for (const file of listDatumFiles(resolve(root), problems)) {
      const key = keyOf(file)
      const rank = EXTENSIONS.indexOf(extname(file))
      const candidate = { ...readDatum(file, types), key, file, folder, rank }
      const others = byKey.get(key)
      if (others) others.push(candidate)
      else byKey.set(key, [candidate])
    }
  }
  return settle([...byKey.values()], problems)
}

/** Picks one file per key. */
function settle(groups: readonly Candidate[][], problems: Problem[]): Discovery {
  const all = groups.map(pickWinner)
  const datums = all.flatMap(({ winner }) => winner?.datum ?? [])
  const degraded = all.flatMap(({ degraded }) => degraded)
  problems.push(...all.flatMap((group) => group.problems))
  datums.sort((a, b) => compareText(a.key, b.key))
  degraded.sort((a, b) => compareText(a.file, b.file))
  return { datums, degraded, problems: sortProblems(problems) }
}

interface Settled {
  readonly winner?: Candidate
  readonly degraded: readonly Degraded[]
  readonly problems: readonly Problem[]
}

function pickWinner(group: Candidate[]): Settled {
  const [winner, ...others] = group.length > 1 ? group.sort(compareCandidates) : group
  if (!winner) return { degraded: [], problems: [] }
  const degraded = [winner, ...others]
    .filter((candidate) => !candidate.datum && candidate.folder === winner.folder)
    .map(({ key, file, problems, partial }) => ({
      ...{ key, file, problems },
      ...(partial && { partial }),
    }))
  const duplicates = others.filter((other) => isEqualTo(winner, other)).map(duplicate(winner))
  return { winner, degraded, problems: [...duplicates, ...(winner.datum ? winner.problems : [])] }
}

function compareCandidates(a: Candidate, b: Candidate): number {
  return (
    a.folder - b.folder ||
    Number(a.datum === undefined) - Number(b.datum === undefined) ||
    b.rank - a.rank ||
    compareText(a.file, b.file)
  )
}

/** Whether nothing but chance would choose between two files; two copies of the same bytes do not matter. */
function isEqualTo(winner: Candidate, other: Candidate): boolean {
  const isSameKind = (winner.datum === undefined) === (other.datum === undefined)
  const isCopy = winner.datum !== undefined && winner.datum.hash === other.datum?.hash
  return winner.folder === other.folder && winner.rank === other.rank && isSameKind && !isCopy
}

function duplicate(winner: Candidate): (other: Candidate) => Problem {
  return (other) => ({
    severity: 'error',
    code: 'DATUM_DUPLICATE',
    message: `Two files share the key "${other.key}": ${winner.file} is used, ${other.file} is not`,
    at: { file: other.file },
    hint: 'Rename one of them.',
  })
}
