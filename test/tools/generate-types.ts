import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from 'json-schema-to-typescript'
import { fieldTable, replaceFields } from './field-table.ts'

/** Makes `datum.gen.ts` files and the tables of fields in the READMEs from `schemas/`. */

type Schema = Record<string, unknown>

/** One generated file: where it is, and what must stand in it; no text if it has no place for that. */
interface Generated {
  readonly file: string
  readonly text: string | undefined
}

const ROOT: string = fileURLToPath(new URL('../../', import.meta.url))

const BANNER = '// Made from schemas/ by `npm run gen`. Do not edit.\n'

async function main(flags: readonly string[]): Promise<void> {
  const stale = (await generateAll()).filter(isStale)
  const isCheck = flags.includes('--check')
  for (const { file, text } of stale) {
    if (isCheck || text === undefined) complain(file, text)
    else writeFileSync(file, text)
  }
}

function complain(file: string, text: string | undefined): void {
  const what =
    text === undefined
      ? 'has no place for its fields: add <!-- fields --> and <!-- /fields -->'
      : 'is stale: run `npm run gen`'
  process.stderr.write(`${file.slice(ROOT.length)} ${what}\n`)
  process.exitCode = 1
}

async function generateAll(): Promise<Generated[]> {
  const schemas = readSchemas()
  const lists = [...schemas].map(([type, schema]) => generateFor(type, schema))
  return (await Promise.all(lists)).flat()
}

/** Every schema by its type; the common head is called `datum`. */
function readSchemas(): Map<string, Schema> {
  const files = readdirSync(join(ROOT, 'schemas')).filter((name) => name.endsWith('.schema.json'))
  return new Map(
    files.sort().map((name) => {
      const schema: Schema = JSON.parse(readFileSync(join(ROOT, 'schemas', name), 'utf8'))
      return [name.replace('.schema.json', ''), schema]
    }),
  )
}

async function generateFor(type: string, schema: Schema): Promise<Generated[]> {
  const { table, governance } = (schema.$defs ?? {}) as Record<string, Schema | undefined>
  if (type === 'datum' && governance) {
    const file = join(ROOT, 'core/datum/governance.gen.ts')
    return [
      { file, text: await interfaceOf('GovernanceTable', governance, schema.$defs as Schema) },
    ]
  }
  if (!table || !existsSync(join(ROOT, 'plugins', type))) return []
  const file = join(ROOT, 'plugins', type, 'datum.gen.ts')
  const types = { file, text: await typesOf(table, schema, `${pascalCase(type)}Table`) }
  return [types, ...readmeOf(type, table, schema)]
}

/** The interface of a type's table, as a plugin sees it: once defaults are filled in. */
function typesOf(table: Schema, schema: Schema, title: string): Promise<string> {
  const { table: _, ...definitions } = withDefaultsRequired(schema.$defs) as Record<string, Schema>
  return interfaceOf(title, withDefaultsRequired(table) as Schema, definitions)
}

async function interfaceOf(title: string, table: Schema, definitions: Schema): Promise<string> {
  const text = await compile({ ...table, title, $defs: definitions }, title, {
    additionalProperties: false,
    bannerComment: BANNER,
    cwd: join(ROOT, 'schemas/'),
    ignoreMinAndMaxItems: true,
    style: { semi: false, singleQuote: true, printWidth: 100 },
  })
  // Only the table itself is imported; the tables inside it stay private.
  return text.replaceAll(/^export (?=(?:interface|type) (\w+))/gm, (found, ...[name]) =>
    name === title ? found : '',
  )
}

function readmeOf(type: string, table: Schema, schema: Schema): Generated[] {
  const file = join(ROOT, 'plugins', type, 'README.md')
  if (!existsSync(file)) return []
  return [{ file, text: replaceFields(readFileSync(file, 'utf8'), fieldTable(table, schema)) }]
}

/** Keywords below which ajv fills in no defaults. */
const WITHOUT_DEFAULTS: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'not', 'if'])

/** A plugin sees a table after the defaults went in, so a property with a default is always there. */
function withDefaultsRequired(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withDefaultsRequired)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    WITHOUT_DEFAULTS.has(key) ? value : withDefaultsRequired(value),
  ])
  const copy: Schema = Object.fromEntries(entries)
  if (typeof copy.properties !== 'object' || copy.properties === null) return copy
  const filled = Object.entries(copy.properties as Record<string, Schema>)
    .filter(([, property]) => property.default !== undefined)
    .map(([key]) => key)
  const required = [...new Set([...((copy.required as string[] | undefined) ?? []), ...filled])]
  return { ...copy, required }
}

function isStale({ file, text }: Generated): boolean {
  return !existsSync(file) || readFileSync(file, 'utf8') !== text
}

function pascalCase(type: string): string {
  return type.replace(/(?:^|[-_])(\w)/g, (_, letter: string) => letter.toUpperCase())
}

await main(process.argv.slice(2))
