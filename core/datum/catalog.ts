import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import head from '../../schemas/datum.schema.json' with { type: 'json' }
import { B00tError, messageOf, type Problem } from '../error.ts'
import type { Datum } from './datum.ts'
import { isTable, type TomlTable } from './toml.ts'

/** A problem found by a lint, which knows the JSON Pointer of the value rather than its place. */
export interface LintProblem extends Problem {
  /** For example `/b00t/service/port`; turned into a place if `at` is absent. */
  readonly pointer?: string
}

/** What the datum layer needs to know of one type; made from a plugin. */
export interface TypeInfo {
  readonly type: string
  /** Other words for the type, as they stand in `[b00t].type` or as a file name's suffix. */
  readonly aliases: readonly string[]
  /** Parsed JSON Schema 2020-12, applied to the whole document beside the common head. */
  readonly schema: object
  /** Whether datums of this type can be started; then they are checked strictly. */
  readonly runnable: boolean
  /** Whether a command runs them instead; then they are checked strictly, too. */
  readonly runByCommand?: boolean
  lint?(datum: Datum): readonly LintProblem[]
}

/** Checks one document and fills in the defaults of the schema; both change the document given. */
type Check = (document: TomlTable) => readonly ErrorObject[]

/** The schema of one type, compiled. */
export interface CompiledType {
  readonly check: Check
  /** Whether a file without `[b00t]` can be of this type: its schema knows other top-level tables. */
  readonly headless: boolean
  /** The type's table with nothing but defaults; `undefined` if something in it is required. */
  readonly defaults: TomlTable | undefined
}

/** Every type that is served, with its compiled schema. */
export interface TypeCatalog {
  readonly types: readonly TypeInfo[]
  /** The type that a word names, as a type or as an alias; upper case and `-` do not matter. */
  find(word: string): TypeInfo | undefined
  /** @throws {@link B00tError} `PLUGIN_BROKEN` if the schema cannot be compiled */
  compile(info: TypeInfo): CompiledType
  checkHead: Check
  /**
   * Whether a datum can be started: its type can be, and the file has the type's table or the defaults suffice.
   * Older files of the same type that only describe something are not runnable.
   */
  isRunnable(datum: Datum): boolean
  /** Keys that `[b00t]` may hold for this type, or for knowledge. */
  knownKeys(info: TypeInfo | undefined): ReadonlySet<string>
}

/** Builds the catalogue; schemas are compiled when first needed and kept. The first claim to a word wins. */
export function createTypeCatalog(types: readonly TypeInfo[]): TypeCatalog {
  const words = new Map<string, TypeInfo>()
  for (const info of types) claim(words, info.type, info)
  for (const info of types) for (const alias of info.aliases) claim(words, alias, info)
  const ajv = createAjv()
  const compile = remember((info: TypeInfo) => compileType(ajv, info))
  let headCheck: Check | undefined
  return {
    types,
    find: (word) => words.get(fold(word)),
    compile,
    isRunnable(datum) {
      const info = words.get(fold(datum.type))
      return info?.runnable === true && (hasOwnTable(datum) || compile(info).defaults !== undefined)
    },
    checkHead(document) {
      headCheck ??= toCheck(ajv.getSchema('datum.schema.json') as ValidateFunction)
      return headCheck(document)
    },
    knownKeys: remember((info) => new Set([...Object.keys(HEAD_KEYS), ...ownKeys(info)])),
  }
}

const HEAD_KEYS: object = head.$defs.head.properties

function claim(words: Map<string, TypeInfo>, word: string, info: TypeInfo): void {
  if (!words.has(fold(word))) words.set(fold(word), info)
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll('-', '_')
}

/** An ajv that knows the common head, so that schemas can refer to `datum.schema.json#/$defs/duration`. */
function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    // Schemas of foreign plugins may carry keywords for editors; a test holds ours to strict mode.
    strict: false,
    validateSchema: false,
    logger: false,
  })
  return ajv.addSchema(head)
}

function compileType(ajv: Ajv2020, info: TypeInfo): CompiledType {
  try {
    const check = toCheck(ajv.compile(info.schema))
    return { check, headless: isHeadless(info), defaults: defaultTable(check, info.type) }
  } catch (error) {
    throw brokenSchema(info, error)
  }
}

function brokenSchema({ type }: TypeInfo, cause: unknown): B00tError {
  const message = `Cannot compile the schema of type "${type}": ${messageOf(cause)}`
  return new B00tError('PLUGIN_BROKEN', message, { cause })
}

function toCheck(validate: ValidateFunction): Check {
  return (document) => (validate(document) ? [] : (validate.errors ?? []))
}

/** A file without `[b00t]` is its type's table as a whole. */
function hasOwnTable({ document, type }: Datum): boolean {
  return isTable(document.b00t) ? isTable(document.b00t[type]) : true
}

function defaultTable(check: Check, type: string): TomlTable | undefined {
  const table: TomlTable = {}
  const errors = check({ b00t: { [type]: table } })
  const isIncomplete = errors.some(({ instancePath }) => instancePath.startsWith(`/b00t/${type}`))
  return isIncomplete ? undefined : table
}

function isHeadless(info: TypeInfo): boolean {
  return Object.keys(propertiesOf(info.schema)).some((key) => key !== 'b00t')
}

function ownKeys(info: TypeInfo | undefined): string[] {
  if (!info) return []
  return [info.type, ...Object.keys(propertiesOf(propertiesOf(info.schema).b00t))]
}

function propertiesOf(schema: unknown): TomlTable {
  const properties = isTable(schema) ? schema.properties : undefined
  return isTable(properties) ? properties : {}
}

/** Computes a value once per key. */
function remember<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>()
  return (key) => {
    const value = known.get(key) ?? compute(key)
    known.set(key, value)
    return value
  }
}
