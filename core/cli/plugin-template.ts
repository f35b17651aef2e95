/** Files of a new plugin by path inside its folder. */
export type PluginFiles = Readonly<Record<string, string>>

/**
 * A small plugin that works: it runs the program its datum names.
 *
 * @param type - lower-case words joined by `-`
 */
export function pluginFiles(type: string): PluginFiles {
  const sample = sampleText(type, './schema.json')
  const given = 'cases/given-a-program-then-accepts-it'
  return {
    'index.ts': indexText(type),
    'command.ts': commandText(type),
    'schema.json': formatJson(schemaOf(type)),
    'sample.toml': sample,
    'README.md': readmeText(type, sample),
    'index.test.ts': testText(type),
    [`${given}/datum.toml`]: sampleText(type, '../../schema.json'),
    [`${given}/expected.json`]: formatJson(expectedOf(type)),
  }
}

const ARGV = ['tail', '-f', '/dev/null']
const ARGV_MEANING = 'Program and arguments, each an element of its own. No shell sees them.'
const TABLE_MEANING = 'What to run.'

function indexText(type: string): string {
  return `import { definePlugin, type Plugin, processSurface } from '#core'
import { buildCommand, listRequirements, type Table } from './command.ts'

const plugin: Plugin = definePlugin<Table>({
  type: '${type}',
  summary: '${summaryOf(type)}',
  create: (datum) =>
    processSurface({
      requirements: () => listRequirements(datum),
      command: () => buildCommand(datum),
    }),
})

export default plugin
`
}

function commandText(type: string): string {
  return `import { dirname } from 'node:path'
import type { Datum, Requirement } from '#core'

/** The table \`[b00t.${type}]\`; schema.json says the same. */
export interface Table {
  /** Program and arguments. */
  readonly argv: readonly string[]
}

/** What must hold before a start. Pure. */
export function listRequirements({ table }: Datum<Table>): Requirement[] {
  return [{ kind: 'binary', name: table.argv[0] ?? '' }]
}

/** What to run, and in which folder: that of the datum. Pure. */
export function buildCommand({ table, file }: Datum<Table>): {
  argv: readonly string[]
  cwd: string
} {
  return { argv: table.argv, cwd: dirname(file) }
}
`
}

function schemaOf(type: string): object {
  const argv = {
    type: 'array',
    description: ARGV_MEANING,
    items: { type: 'string' },
    minItems: 1,
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `${type}.schema.json`,
    title: type,
    description: summaryOf(type),
    type: 'object',
    properties: {
      b00t: { type: 'object', properties: { [type]: { $ref: '#/$defs/table' } } },
    },
    $defs: {
      table: {
        type: 'object',
        description: TABLE_MEANING,
        additionalProperties: false,
        required: ['argv'],
        properties: { argv },
      },
    },
  }
}

function sampleText(type: string, schema: string): string {
  const argv = ARGV.map((word) => JSON.stringify(word)).join(', ')
  const map = Object.entries(mapOf(type)).map(([key, value]) => `# ${key}: ${value}`)
  return `#:schema ${schema}

[b00t]
name = "my-${type}"
type = "${type}"
hint = "${hintOf()}"

[b00t.${type}]
argv = [${argv}]

# b00t:map v1
${map.join('\n')}
`
}

function mapOf(type: string): Record<string, string> {
  return {
    summary: `Sample of the type ${type}`,
    tags: `${type}, sample`,
    tier: 'sm0l',
    cmds: `b00t start my-${type}`,
    complexity: '1',
  }
}

/** What must come of the case; the same form as every \`expected.json\`. */
function expectedOf(type: string): object {
  const entries = mapOf(type)
  return {
    key: 'datum',
    name: `my-${type}`,
    type,
    hint: hintOf(),
    autostart: false,
    dependsOn: [],
    table: { argv: ARGV },
    governance: {},
    map: { ...entries, tags: [type, 'sample'], complexity: 1, entries },
  }
}

function readmeText(type: string, sample: string): string {
  return `# ${type}

${summaryOf(type)}

## What it runs

The program in \`argv\`, in the folder of the datum file. It is ready as soon as it has been started, and ends with
SIGTERM, then SIGKILL.

## Sample

\`\`\`toml
${sample}\`\`\`

## Fields

<!-- fields -->

| Key | Type | Default | Meaning |
|---|---|---|---|
| \`argv\` | list of string | required | ${ARGV_MEANING} |

<!-- /fields -->

## Errors

This plugin has no errors of its own.

## Limits

- The program must stay in the foreground: one that ends by itself counts as crashed.
- It publishes no endpoint, so the router sends nothing there.
`
}

function testText(type: string): string {
  return `import { describe, expect, test } from 'vitest'
import type { Datum } from '#core'
import { buildCommand, listRequirements, type Table } from './command.ts'

function datumWith(table: Table): Datum<Table> {
  return {
    key: 'sample',
    name: 'sample',
    type: '${type}',
    hint: '',
    file: '/datums/sample.toml',
    hash: '',
    autostart: false,
    dependsOn: [],
    governance: {},
    document: {},
    table,
  }
}

describe('buildCommand()', () => {
  test('given a program, runs it in the folder of its datum', () => {
    const command = buildCommand(datumWith({ argv: ['true', 'now'] }))
    expect(command).toEqual({ argv: ['true', 'now'], cwd: '/datums' })
  })
})

describe('listRequirements()', () => {
  test('given a program, wants it to be there', () => {
    const needed = listRequirements(datumWith({ argv: ['true'] }))
    expect(needed).toEqual([{ kind: 'binary', name: 'true' }])
  })
})
`
}

/** JSON as the formatter of this project writes it: a list of plain values stays on one line. */
function formatJson(value: object): string {
  const text = JSON.stringify(value, undefined, 2)
  const joined = text.replace(/\[\s*([^[\]{}]*?)\s*\]/g, (_, entries: string) => {
    return `[${entries.replace(/\n\s*/g, ' ')}]`
  })
  return `${joined}\n`
}

function summaryOf(type: string): string {
  return `Runs one program, as a ${type}.`
}

function hintOf(): string {
  return 'Waits and does nothing, until argv names a better program'
}
