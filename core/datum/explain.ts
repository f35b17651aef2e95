import type { ErrorObject } from 'ajv/dist/2020.js'
import type { Problem } from '../error.ts'
import { collapseBranches } from './branches.ts'
import { type Locator, pointerStep, splitPointer } from './locate.ts'
import { nearest } from './nearest.ts'
import { isTable, type TomlTable } from './toml.ts'
import { describeActual, describeWanted, joinOr } from './wanted.ts'

/** A problem in words, and the pointer to where it sits. */
interface Told {
  readonly message: string
  readonly hint?: string | undefined
  readonly code?: string
  readonly pointer?: string
  readonly part?: 'key'
}

/** Turns what ajv reports into problems that a person can act on, one per wrong place. */
export function explain(errors: readonly ErrorObject[], locate: Locator): Problem[] {
  const problems = new Map<string, Problem>()
  for (const error of withoutMisspelt(collapseBranches(errors))) {
    const told = tell(error)
    const pointer = told.pointer ?? error.instancePath
    const code = told.code ?? (isGovernance(pointer) ? 'POLICY_INVALID' : 'DATUM_INVALID')
    const problem: Problem = {
      severity: 'error',
      code,
      message: told.message,
      at: locate(pointer, told.part),
      ...(told.hint && { hint: told.hint }),
    }
    if (!problems.has(pointer + problem.message)) problems.set(pointer + problem.message, problem)
  }
  return [...problems.values()]
}

/** A required key that is there under a wrong spelling is told once, as the unknown key it is. */
function withoutMisspelt(errors: readonly ErrorObject[]): ErrorObject[] {
  const meant = new Set(
    errors.filter(isUnknownKey).map((error) => `${error.instancePath} ${meantBy(error)}`),
  )
  return errors.filter(
    ({ keyword, instancePath, params }) =>
      keyword !== 'required' || !meant.has(`${instancePath} ${params.missingProperty}`),
  )
}

function isUnknownKey({ keyword }: ErrorObject): boolean {
  return TELLERS[keyword] === tellUnknown
}

function unknownKeyOf({ params }: ErrorObject): string {
  return String(params.additionalProperty ?? params.unevaluatedProperty)
}

/** The key that was probably meant: a schema may name what other tools call it, under `x-synonyms`. */
function meantBy(error: ErrorObject): string | undefined {
  const key = unknownKeyOf(error)
  const schema = tableOf(error.parentSchema)
  const synonym = tableOf(schema['x-synonyms'])[key]
  return typeof synonym === 'string'
    ? synonym
    : nearest(key, Object.keys(tableOf(schema.properties)))
}

/** An unknown key, with the known one that was probably meant. */
export function tellUnknownKey(
  table: string,
  key: string,
  meant: string | undefined,
): Pick<Problem, 'message' | 'hint'> {
  return {
    message: `Unknown key \`${key}\` in ${tableName(table)}`,
    hint:
      meant === undefined ? 'Remove it or correct its spelling.' : `Write \`${meant}\` instead.`,
  }
}

function isGovernance(pointer: string): boolean {
  return pointer.startsWith('/b00t/governance')
}

const TELLERS: Readonly<Record<string, (error: ErrorObject) => Told>> = {
  required: tellMissing,
  dependentRequired: tellMissing,
  additionalProperties: tellUnknown,
  unevaluatedProperties: tellUnknown,
  anyOf: tellChoice,
  oneOf: tellChoice,
  uniqueItems: tellTwice,
  not: tellForbidden,
  'false schema': tellForbidden,
}

function tell(error: ErrorObject): Told {
  return (TELLERS[error.keyword] ?? tellValue)(error)
}

function tellValue(error: ErrorObject): Told {
  const schema = tableOf(error.parentSchema)
  const key = splitPointer(error.instancePath).at(-1) ?? ''
  const actual = describeActual(error.data, key)
  const wanted = describeWanted(schema, error.data)
  return {
    message: `\`${label(error.instancePath)}\` is ${actual}, wanted ${wanted}`,
    hint: ownHint(schema) ?? unquoted(error, key),
  }
}

/** A number or boolean that was written in quotes. */
function unquoted({ data, keyword, parentSchema }: ErrorObject, key: string): string | undefined {
  if (keyword !== 'type' || typeof data !== 'string') return undefined
  const types = [tableOf(parentSchema).type].flat()
  const isNumber =
    /^-?\d+(\.\d+)?$/.test(data) && (types.includes('integer') || types.includes('number'))
  const isBoolean = /^(true|false)$/.test(data) && types.includes('boolean')
  return isNumber || isBoolean ? `Remove the quotes: \`${key} = ${data}\`.` : undefined
}

function tellMissing(error: ErrorObject): Told {
  const key = String(error.params.missingProperty)
  const pointer = error.instancePath + pointerStep(key)
  const schema = tableOf(tableOf(tableOf(error.parentSchema).properties)[key])
  const wanted = schema.type || schema.enum ? `, wanted ${describeWanted(schema)}` : ''
  const example = schema.type === 'object' ? `a table ${tableName(pointer)}` : `\`${key} = …\``
  return {
    message: `${tableName(error.instancePath)} has no \`${key}\`${wanted}`,
    hint: ownHint(schema) ?? `Add ${example}.`,
    pointer,
  }
}

function tellUnknown(error: ErrorObject): Told {
  const key = unknownKeyOf(error)
  return {
    ...tellUnknownKey(error.instancePath, key, meantBy(error)),
    code: 'DATUM_UNKNOWN_KEY',
    pointer: error.instancePath + pointerStep(key),
    part: 'key',
  }
}

/** Nothing of `anyOf` fits, or too much of `oneOf`. */
function tellChoice(error: ErrorObject): Told {
  const branches: unknown[] = Array.isArray(error.schema) ? error.schema : []
  const keys = branches.map((branch) => [tableOf(branch).required].flat().filter((key) => key))
  const hint = ownHint(tableOf(error.parentSchema))
  if (keys.length > 0 && keys.every((group) => group.length > 0)) {
    const groups = keys.map((group) => group.map((key) => `\`${key}\``).join(' with '))
    const count = error.keyword === 'oneOf' ? 'exactly one of' : 'at least one of'
    return {
      message: `${tableName(error.instancePath)} must have ${count} ${joinOr(groups)}`,
      hint,
    }
  }
  return { ...tellValue({ ...error, parentSchema: { anyOf: branches } }), hint }
}

function tellTwice(error: ErrorObject): Told {
  const twice = Array.isArray(error.data) ? error.data[Number(error.params.i)] : undefined
  return {
    message: `\`${label(error.instancePath)}\` holds ${describeActual(twice, '')} twice`,
    hint: 'Remove one of the two.',
    pointer: error.instancePath + pointerStep(Number(error.params.i)),
  }
}

function tellForbidden(error: ErrorObject): Told {
  return {
    message: `\`${label(error.instancePath)}\` is not allowed here`,
    hint: ownHint(tableOf(error.parentSchema)) ?? 'Remove it.',
  }
}

/** A schema may carry the advice for its failure under `x-hint`. */
function ownHint(schema: TomlTable): string | undefined {
  return typeof schema['x-hint'] === 'string' ? schema['x-hint'] : undefined
}

function tableOf(value: unknown): TomlTable {
  return isTable(value) ? value : {}
}

/** `volumes[0].host`: the path below `[b00t.container]`, or below `[b00t]` if that is all there is. */
function label(pointer: string): string {
  const path = splitPointer(pointer)
  if (path[0] !== 'b00t') return pathText(path) || 'the document'
  const isInTable = path.length > 2 && !isIndex(path[2])
  return pathText(path.slice(isInTable ? 2 : 1)) || 'b00t'
}

/** `[b00t.container]`, or `The file`. */
function tableName(pointer: string): string {
  const path = splitPointer(pointer)
  return path.length === 0 ? 'The file' : `[${pathText(path)}]`
}

function pathText(path: readonly string[]): string {
  return path.reduce((text, step) => {
    if (isIndex(step)) return `${text}[${step}]`
    return text === '' ? step : `${text}.${step}`
  }, '')
}

function isIndex(step: string | undefined): boolean {
  return step !== undefined && /^\d+$/.test(step)
}
