import { hash } from 'node:crypto'
import { resolve } from 'node:path'
import { messageOf, type Place, type Problem } from '../error.ts'
import type { LintProblem, TypeCatalog } from './catalog.ts'
import { check, type Draft } from './check.ts'
import type { Datum } from './datum.ts'
import { decode } from './decode.ts'
import { firstPart, keyOf, typeOf } from './identity.ts'
import { createLocator, type Part } from './locate.ts'
import { sortProblems } from './problems.ts'
import { readBytes } from './read-bytes.ts'
import { lintSecrets } from './secret-lint.ts'
import { readTailMap } from './tail-map.ts'
import { isProblem, isTable, parseToml, type TomlTable } from './toml.ts'

/** What came of one file. Without a datum it is degraded, and the problems say why. */
export interface Reading {
  readonly datum?: Datum
  /** What stands in a degraded file that is valid TOML; fit for looking at its references only. */
  readonly partial?: Datum
  /** Sorted by place. With a datum they are warnings only. */
  readonly problems: readonly Problem[]
}

/** Reads and checks one datum file of at most 1 MiB. Never throws for what stands in the file. */
export function readDatum(file: string, types: TypeCatalog): Reading {
  const path = resolve(file)
  const bytes = readBytes(path)
  return Buffer.isBuffer(bytes) ? parseDatum(path, bytes, types) : { problems: [bytes] }
}

/** Like {@link readDatum}, for bytes that are already there. Pure. */
export function parseDatum(file: string, bytes: Buffer, types: TypeCatalog): Reading {
  const text = decode(file, bytes)
  if (typeof text !== 'string') return { problems: [text] }
  const document = parseToml(file, text)
  if (isProblem(document)) return { problems: [document] }
  const key = keyOf(file)
  const draft = { file, key, text, document, typed: typeOf(document, key, types) }
  const { table, problems } = check(draft, types)
  const datum = toDatum(draft, table, bytes)
  if (hasErrors(problems)) return { partial: datum, problems: sortProblems(problems) }
  const all = [...problems, ...lint(datum, draft, types)]
  const sorted = sortProblems(all)
  return hasErrors(all) ? { partial: datum, problems: sorted } : { datum, problems: sorted }
}

/**
 * The place of a JSON Pointer in the datum's file, e.g. `/b00t/service/port`, for a plugin's own lints.
 *
 * Reads the file once more; if it has changed since, only the file is named.
 */
export function placeOf(datum: Datum, pointer: string, part: Part = 'value'): Place {
  const bytes = readBytes(datum.file)
  if (!Buffer.isBuffer(bytes) || hash('sha256', bytes) !== datum.hash) return { file: datum.file }
  return createLocator(datum.file, bytes.toString('utf8'))(pointer, part)
}

function toDatum(
  { file, key, text, document, typed }: Draft,
  table: TomlTable,
  bytes: Buffer,
): Datum {
  const head = isTable(document.b00t) ? document.b00t : {}
  const map = readTailMap(text)
  return {
    key,
    name: textOf(head.name) ?? firstPart(key),
    type: typed.type,
    hint: textOf(head.hint) ?? textOf(head.description) ?? map?.summary ?? '',
    file,
    hash: hash('sha256', bytes),
    autostart: head.autostart === true,
    dependsOn: dependenciesOf(head.depends_on),
    table,
    governance: isTable(head.governance) ? head.governance : {},
    document,
    ...(map && { map }),
  }
}

/** Accepts a list of keys, or a table with the list under `requires`. */
function dependenciesOf(written: unknown): string[] {
  const list = isTable(written) ? written.requires : written
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : []
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function lint(datum: Datum, { file, text, typed }: Draft, types: TypeCatalog): readonly Problem[] {
  try {
    const problems = [
      ...(typed.info?.lint?.(datum) ?? []),
      ...lintAutostart(datum, types),
      ...lintTable(datum, types),
    ]
    if (problems.length === 0) return problems
    const locate = createLocator(file, text)
    return problems.map(({ pointer, ...problem }) => ({
      ...problem,
      at: problem.at ?? (pointer === undefined ? { file } : locate(pointer)),
    }))
  } catch (error) {
    return [
      {
        severity: 'error',
        code: 'PLUGIN_BROKEN',
        message: `Cannot check the datum: the lint of type "${datum.type}" failed: ${messageOf(error)}`,
        at: { file },
      },
    ]
  }
}

/** Files that only describe may hold what they like; nothing of theirs reaches a command line. */
function lintTable(datum: Datum, types: TypeCatalog): LintProblem[] {
  return types.isRunnable(datum) ? lintSecrets(datum.table, `/b00t/${datum.type}`) : []
}

/** Somebody who writes `autostart = true` expects that something starts. */
function lintAutostart(datum: Datum, types: TypeCatalog): LintProblem[] {
  if (!datum.autostart || types.isRunnable(datum)) return []
  const type = datum.type === 'unknown' ? 'unknown type' : `type "${datum.type}"`
  return [
    {
      severity: 'warning',
      code: 'DATUM_NOT_RUNNABLE',
      message: `\`autostart\` has no effect: nothing starts a datum of ${type} as it stands`,
      pointer: '/b00t/autostart',
      hint: 'Correct the type or the file name’s suffix; `b00t plugin list` shows what can be started.',
    },
  ]
}

function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === 'error')
}
