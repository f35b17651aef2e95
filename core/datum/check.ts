import { B00tError, type Place, type Problem } from '../error.ts'
import type { CompiledType, TypeCatalog, TypeInfo } from './catalog.ts'
import { explain, tellUnknownKey } from './explain.ts'
import type { TypeOfDatum } from './identity.ts'
import { createLocator, type Locator, pointerStep } from './locate.ts'
import { nearest } from './nearest.ts'
import { copyToml, isTable, type TomlTable } from './toml.ts'

/** A parsed file on its way to becoming a datum. */
export interface Draft {
  readonly file: string
  readonly key: string
  readonly text: string
  readonly document: TomlTable
  readonly typed: TypeOfDatum
}

/** The table of the datum's type and everything that is wrong with the file. */
export interface Checked {
  readonly table: TomlTable
  readonly problems: readonly Problem[]
}

/** Applies the schemas. Knowledge, which no plugin serves, gets at most warnings. */
export function check(draft: Draft, types: TypeCatalog): Checked {
  const locate = lazily(() => createLocator(draft.file, draft.text))
  const unknown = unknownHeadKeys(draft, types, locate)
  const { info } = draft.typed
  if (!info) return { table: knowledgeTable(draft), problems: unknown }
  try {
    const { table, problems } = applySchemas(draft, { types, info, locate })
    return { table, problems: [...problems, ...unknown] }
  } catch (error) {
    if (!(error instanceof B00tError)) throw error
    return { table: {}, problems: [asProblem(error, draft.file)] }
  }
}

interface Rules {
  readonly types: TypeCatalog
  readonly info: TypeInfo
  readonly locate: () => Locator
}

function applySchemas(draft: Draft, { types, info, locate }: Rules): Checked {
  const compiled = types.compile(info)
  const isHeadless = !('b00t' in draft.document)
  if (isHeadless && !compiled.headless) return { table: {}, problems: headMissing(draft, info) }
  const filled = copyToml(draft.document)
  // The head comes second: its defaults must not look written to the type's schema.
  const errors = [...compiled.check(filled), ...types.checkHead(filled)]
  const problems = errors.length === 0 ? [] : explain(errors, locate())
  const table = isHeadless ? filled : ownTable(filled, info, compiled)
  return { table, problems: info.runnable || info.runByCommand ? problems : relax(problems) }
}

/** What is described but never run may carry unknown keys and a policy of its own. */
function relax(problems: readonly Problem[]): Problem[] {
  return problems
    .filter(({ code }) => code !== 'POLICY_INVALID')
    .map((problem) =>
      problem.code === 'DATUM_UNKNOWN_KEY' ? { ...problem, severity: 'warning' } : problem,
    )
}

function ownTable(filled: TomlTable, { type }: TypeInfo, compiled: CompiledType): TomlTable {
  const table = isTable(filled.b00t) ? filled.b00t[type] : undefined
  return isTable(table) ? table : copyToml(compiled.defaults ?? {})
}

function knowledgeTable(draft: Draft): TomlTable {
  const head = isTable(draft.document.b00t) ? draft.document.b00t : {}
  return (
    ownNames(draft)
      .map((name) => head[name])
      .find(isTable) ?? {}
  )
}

function headMissing({ file }: Draft, { type }: TypeInfo): Problem[] {
  return [
    {
      severity: 'error',
      code: 'DATUM_INVALID',
      message: `The file has no [b00t] table, which a datum of type "${type}" needs`,
      at: { file, line: 1, column: 1 },
      hint: `Begin with [b00t], name = "…" and type = "${type}".`,
    },
  ]
}

function unknownHeadKeys(draft: Draft, types: TypeCatalog, locate: () => Locator): Problem[] {
  const head = isTable(draft.document.b00t) ? draft.document.b00t : {}
  const known = types.knownKeys(draft.typed.info)
  const isKnown = (key: string) =>
    known.has(key) || (!draft.typed.info && ownNames(draft).includes(key))
  const unknown = Object.keys(head).filter((key) => !isKnown(key))
  const misspelt = Object.keys(draft.document).filter((key) => MISSPELT_HEAD.test(key))
  return [
    ...misspelt.map((key) =>
      warning(
        { message: `Unknown table [${key}]`, hint: 'Write [b00t] instead.' },
        locate()(pointerStep(key), 'key'),
      ),
    ),
    ...unknown.map((key) => {
      const advice = headAdvice(key, head, { types, draft, known })
      return warning(advice, locate()(`/b00t${pointerStep(key)}`, 'key'))
    }),
  ]
}

/** `[boot]` instead of `[b00t]`: nothing in it would count. */
const MISSPELT_HEAD = /^(?!b00t$)b[0o]{2}t$/i

/** Knowledge may call its table as its type, or as any suffix of the file. */
function ownNames({ key, typed }: Draft): string[] {
  return [typed.type, ...key.split('.').slice(1)]
}

function warning(told: Pick<Problem, 'message' | 'hint'>, at: Place): Problem {
  return { severity: 'warning', code: 'DATUM_UNKNOWN_KEY', ...told, at }
}

function headAdvice(
  key: string,
  head: TomlTable,
  { types, draft, known }: { types: TypeCatalog; draft: Draft; known: ReadonlySet<string> },
): Pick<Problem, 'message' | 'hint'> {
  const { info } = draft.typed
  const told = tellUnknownKey('/b00t', key, nearest(key, known))
  const isAliasTable = info !== undefined && isTable(head[key]) && types.find(key) === info
  return isAliasTable ? { ...told, hint: `Write [b00t.${info.type}] instead.` } : told
}

function asProblem(error: B00tError, file: string): Problem {
  return {
    severity: 'error',
    code: error.code,
    message: error.message,
    at: error.at ?? { file },
    ...(error.hint && { hint: error.hint }),
  }
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
