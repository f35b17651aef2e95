import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { createTypeCatalog, type TypeCatalog, type TypeInfo } from '../core/datum/catalog.ts'
import { EXTENSIONS } from '../core/datum/identity.ts'
import { type Reading, readDatum } from '../core/datum/read.ts'
import { renderReport } from '../core/datum/report.ts'
import type { Plugin } from '../core/surface/plugin.ts'

/**
 * Each case is a folder with one datum and what must come of it: `expected.json` for a datum that is accepted,
 * `expected.err` for the report of one that is refused. `UPDATE=1` writes these files anew.
 */

const ROOT: string = fileURLToPath(new URL('../', import.meta.url))
const FIXTURES: string = join(ROOT, 'test/fixtures/datums')
const EXPECTED: readonly string[] = ['expected.json', 'expected.err']

describe('datums in test/fixtures/datums', () => {
  const types = createTypeCatalog(fixtureTypes())

  describe.each(['valid', 'invalid'])('%s', (kind) => {
    test.each(foldersIn(join(FIXTURES, kind)))('%s', (folder) => {
      const outcome = outcomeOf(join(FIXTURES, kind, folder), types)
      expect(outcome.name).toBe(kind === 'valid' ? 'expected.json' : 'expected.err')
      expectOutcome(outcome)
    })
  })
})

const PLUGINS: readonly string[] = foldersIn(join(ROOT, 'plugins')).filter((name) =>
  existsSync(join(ROOT, 'plugins', name, 'index.ts')),
)

const CASES: readonly { plugin: string; name: string }[] = PLUGINS.flatMap((plugin) =>
  foldersIn(join(ROOT, 'plugins', plugin, 'cases')).map((name) => ({ plugin, name })),
)

describe.runIf(CASES.length > 0)('datums in plugins/*/cases', () => {
  let types: TypeCatalog
  beforeAll(async () => {
    types = createTypeCatalog(await Promise.all(PLUGINS.map(pluginType)))
  })

  test.each(CASES)('$plugin: $name', ({ plugin, name }) => {
    expectOutcome(outcomeOf(join(ROOT, 'plugins', plugin, 'cases', name), types))
  })
})

describe('schemas/', () => {
  const files = readdirSync(join(ROOT, 'schemas')).filter((name) => name.endsWith('.schema.json'))

  test.each(files)('%s compiles strictly and describes every property', (name) => {
    const schema: { $id: string } = readJson(join(ROOT, 'schemas', name))
    expect(schema.$id).toBe(name)
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false })
    for (const keyword of ['x-hint', 'x-synonyms', 'x-wanted']) ajv.addKeyword(keyword)
    ajv.addSchema(readJson<object>(join(ROOT, 'schemas/datum.schema.json')))
    expect(ajv.getSchema(name) ?? ajv.compile(schema)).toBeTypeOf('function')
    expect(undescribed(schema)).toEqual([])
  })
})

/** JSON Pointers of the properties that have neither a description nor a reference to something described. */
function undescribed(schema: unknown, pointer = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) => {
    const below = `${pointer}/${key}`
    const properties = key === 'properties' && !pointer.endsWith('/properties') ? value : {}
    const bare = Object.entries(properties as Record<string, object>)
      .filter(([, property]) => isBare(property))
      .map(([name]) => `${below}/${name}`)
    return [...bare, ...undescribed(value, below)]
  })
}

/** The shell of a type's schema, `properties.b00t.properties.<type>`, says nothing of its own. */
function isBare(property: object): boolean {
  return !('description' in property || '$ref' in property || 'properties' in property)
}

interface Outcome {
  readonly folder: string
  readonly name: string
  readonly text: string
}

function outcomeOf(folder: string, types: TypeCatalog): Outcome {
  const names = readdirSync(folder).filter((name) => EXTENSIONS.includes(extname(name)))
  expect(names, 'one datum per case').toHaveLength(1)
  const reading = readDatum(join(folder, names[0] ?? ''), types)
  return reading.datum
    ? { folder, name: 'expected.json', text: factsOf(reading, folder) }
    : { folder, name: 'expected.err', text: reportOf(reading, folder) }
}

/** What a datum says, without what depends on the place of the checkout. */
function factsOf({ datum, problems }: Reading, folder: string): string {
  const { file: _, hash: __, document: ___, ...facts } = datum ?? {}
  const warnings = problems.map(({ at, ...rest }) => ({
    ...rest,
    at: at && { ...at, file: basename(at.file) },
  }))
  const shown = { ...facts, ...(warnings.length > 0 && { warnings }) }
  return `${JSON.stringify(shown, undefined, 2).replaceAll(folder, '.')}\n`
}

function reportOf({ problems }: Reading, folder: string): string {
  return `${renderReport(problems, { format: 'human', folder })}\n`
}

function expectOutcome({ folder, name, text }: Outcome): void {
  const file = join(folder, name)
  const written = existsSync(file) ? contentOf(name, readFileSync(file, 'utf8')) : undefined
  if (process.env.UPDATE && !isDeepStrictEqual(written, contentOf(name, text))) {
    writeFileSync(file, text)
  }
  const present = EXPECTED.filter((expected) => existsSync(join(folder, expected)))
  expect(present, 'the expected outcome of the case').toEqual([name])
  expect(contentOf(name, text)).toEqual(contentOf(name, readFileSync(file, 'utf8')))
}

/** JSON is compared by value, because the formatter of the project lays it out its own way. */
function contentOf(name: string, text: string): unknown {
  return name.endsWith('.json') ? JSON.parse(text) : text
}

function fixtureTypes(): TypeInfo[] {
  const listed: Omit<TypeInfo, 'schema'>[] = readJson(join(FIXTURES, 'types.json'))
  return listed.map((info) => ({
    ...info,
    schema: readJson(join(FIXTURES, `schemas/${info.type}.schema.json`)),
  }))
}

async function pluginType(name: string): Promise<TypeInfo> {
  const module: { default: Plugin } = await import(join(ROOT, 'plugins', name, 'index.ts'))
  const { type, aliases = [], lint, create, runByCommand = false } = module.default
  return {
    type,
    aliases,
    schema: readJson(schemaOf(type)),
    runnable: create !== undefined,
    runByCommand,
    ...(lint && { lint }),
  }
}

/** A plugin may bring its schema along, as one that was made with `plugin new` does. */
function schemaOf(type: string): string {
  const own = join(ROOT, 'plugins', type, 'schema.json')
  return existsSync(own) ? own : join(ROOT, `schemas/${type}.schema.json`)
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8'))
}
