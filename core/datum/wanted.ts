import { nearestFirst } from './nearest.ts'
import { isSecretKey, maskSecrets } from './secrets.ts'
import { isTable, type TomlTable } from './toml.ts'

/** Longest list of allowed words that is printed whole. */
const WHOLE_LIST = 4
/** Longest text that is printed whole, in characters. */
const WHOLE_TEXT = 40

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  object: 'a table',
  null: 'nothing',
}

/**
 * What a schema asks for, in words: `an integer from 1 to 65535`, `"podman" or "docker"`, `a list of text`.
 *
 * A schema may say it itself under `x-wanted`.
 */
export function describeWanted(schema: unknown, actual?: unknown): string {
  if (!isTable(schema)) return 'another value'
  if (typeof schema['x-wanted'] === 'string') return schema['x-wanted']
  if ('const' in schema) return JSON.stringify(schema.const)
  if (Array.isArray(schema.enum)) return describeList(schema.enum, actual)
  const branches = schema.anyOf ?? schema.oneOf
  if (schema.type === undefined && Array.isArray(branches)) {
    return joinOr([...new Set(branches.map((branch) => describeWanted(branch, actual)))])
  }
  const types = [schema.type ?? []].flat().map(String)
  if (types.length === 0) return 'another value'
  return joinOr(types.map((type) => describeType(type, schema))) + describeText(schema)
}

/** What a value is, in words; the value of a secret is never repeated. */
export function describeActual(value: unknown, key: string): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (isTable(value)) return 'a table'
  if (isSecretKey(key)) return typeof value === 'string' ? 'text' : `a ${typeof value}`
  if (typeof value !== 'string') return String(value)
  if (value === '') return 'empty'
  const text = maskSecrets(value)
  return JSON.stringify(text.length > WHOLE_TEXT ? `${text.slice(0, WHOLE_TEXT)}…` : text)
}

/** `a`, `a or b`, `a, b or c`. */
export function joinOr(words: readonly string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** Allowed words; of a long list only the two nearest to what was written. */
function describeList(allowed: readonly unknown[], actual: unknown): string {
  const words = allowed.map((word) => JSON.stringify(word))
  if (words.length <= WHOLE_LIST) return joinOr(words)
  const [first, second] = nearestFirst(JSON.stringify(actual) ?? '', words)
  return `one of ${words.length} words, e.g. ${first} or ${second}`
}

function describeType(type: string, schema: TomlTable): string {
  if (type === 'integer' || type === 'number') return describeNumber(type, schema)
  if (type !== 'array') return TYPE_WORDS[type] ?? type
  const items = isTable(schema.items) && schema.items.type ? describeWanted(schema.items) : ''
  return `a list${items && ` of ${items.replace(/^an? /, '')}`}${describeCount(schema)}`
}

function describeCount({ minItems, maxItems }: TomlTable): string {
  if (minItems !== undefined && maxItems !== undefined)
    return ` with ${minItems} to ${maxItems} entries`
  if (maxItems !== undefined) return ` with at most ${maxItems} entries`
  return minItems === undefined
    ? ''
    : ` with at least ${minItems} ${minItems === 1 ? 'entry' : 'entries'}`
}

function describeNumber(type: string, schema: TomlTable): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  const bounds = [
    minimum !== undefined && maximum !== undefined && `from ${minimum} to ${maximum}`,
    minimum !== undefined && maximum === undefined && `of at least ${minimum}`,
    minimum === undefined && maximum !== undefined && `of at most ${maximum}`,
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
    multipleOf !== undefined && `divisible by ${multipleOf}`,
  ].filter(Boolean)
  const noun = type === 'integer' ? 'an integer' : 'a number'
  return [noun, ...bounds].join(' ')
}

function describeText({ pattern, examples, minLength, maxLength, format }: TomlTable): string {
  const example = Array.isArray(examples) ? examples[0] : undefined
  if (example !== undefined && (pattern || format)) return ` such as ${JSON.stringify(example)}`
  if (pattern !== undefined) return ` that matches ${pattern}`
  if (format !== undefined) return ` in the form ${format}`
  if (maxLength !== undefined) return ` of at most ${maxLength} characters`
  return minLength === undefined
    ? ''
    : ` of at least ${minLength} character${minLength === 1 ? '' : 's'}`
}
