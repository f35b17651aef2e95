import { B00tError, type Problem } from '../error.ts'
import type { CompiledType, TypeCatalog, TypeInfo } from './catalog.ts'
import { explain, tellUnknownKey } from './explain.ts'
import type { TypeOfDatum } from './identity.ts'
import { createLocator, type Locator, pointerStep } from './locate.ts'
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
  return { table, problems: info.runnable ? problems : relax(problems) }
}

/** What is described but never started may carry unknown keys and a policy of its own. */
function relax(problems: readonly Problem[]): Problem[] {
  return problems
    .filter(({ code }) => code !== 'POLICY_INVALID')
    .map((problem) =>
      problem.code === 'DATUM_UNKNOWN_KEY' ? { ...problem, severity: 'warning' } : problem,
    )
}

function ownTable(filled: TomlTable, { type }: TypeInfo, compiled: CompiledType): TomlTable {
  const table = isTable(filled.b00t) ? filled.b00t[type] : undefined
  return isTable(table) ? table : copyToml(compiled.defaults)
}

function knowledgeTable({ document, typed }: Draft): TomlTable {
  const table = isTable(document.b00t) ? document.b00t[typed.type] : undefined
  return isTable(table) ? table : {}
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
  const head = draft.document.b00t
  if (!isTable(head)) return []
  const known = types.knownKeys(draft.typed.info)
  const problems: Problem[] = []
  for (const key in head) {
    if (known.has(key) || key === draft.typed.type || key === head.type) continue
    if (draft.key.split('.').includes(key)) continue
    problems.push({
      severity: 'warning',
      code: 'DATUM_UNKNOWN_KEY',
      ...headAdvice(key, head, { types, draft, known }),
      at: locate()(`/b00t${pointerStep(key)}`, 'key'),
    })
  }
  return problems
}

function headAdvice(
  key: string,
  head: TomlTable,
  { types, draft, known }: { types: TypeCatalog; draft: Draft; known: ReadonlySet<string> },
): Pick<Problem, 'message' | 'hint'> {
  const { info } = draft.typed
  const told = tellUnknownKey('/b00t', key, known)
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
