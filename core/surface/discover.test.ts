import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { discoverPlugins, type PluginSet } from './discover.ts'

const DISCOVER = fileURLToPath(new URL('./discover.ts', import.meta.url))
const SCHEMA = '{ "type": "object" }'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'b00t-plugins-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, content: string): void {
  const file = join(folder, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}

function writePlugin(type: string, body: string, schema: string = SCHEMA): void {
  write(`${type}/index.mjs`, body)
  if (schema) write(`${type}/schema.json`, schema)
}

function declare(type: string, more: string = ''): string {
  return `export default { type: '${type}', summary: 'A test.', ${more} }\n`
}

function discover(): Promise<PluginSet> {
  return discoverPlugins({ folders: [folder], schemas: join(folder, 'schemas') })
}

function typesOf({ plugins }: PluginSet): string[] {
  return plugins.map(({ plugin }) => plugin.type)
}

describe('discoverPlugins()', () => {
  test.each([
    ['throws', "throw new Error('no luck')\n", 'no luck'],
    ['throws-text', "throw 'text'\n", 'text'],
    ['syntax', 'export default {{\n', ''],
    ['nothing', 'export const x = 1\n', 'not made with definePlugin()'],
    ['number', 'export default 7\n', 'not made with definePlugin()'],
    ['empty', 'export default null\n', 'not made with definePlugin()'],
    ['named', declare('other'), 'its type is "other"'],
    ['aliased', declare('aliased', 'aliases: 5'), 'not lists'],
    ['commanding', declare('commanding', 'commands: [null]'), 'not lists'],
    ['creating', declare('creating', 'create: 1'), 'not a function'],
  ])('given a plugin that is broken (%s), leaves it out', async (type, body, text) => {
    writePlugin(type, body)
    writePlugin('good', declare('good'))
    const found = await discover()
    expect(typesOf(found)).toEqual(['good'])
    expect(found.problems).toEqual([
      {
        severity: 'error',
        code: 'PLUGIN_BROKEN',
        message: expect.stringMatching(new RegExp(`^Cannot load the plugin "${type}": `)),
        at: { file: join(folder, type, 'index.mjs') },
      },
    ])
    expect(found.problems[0]?.message).toContain(text)
  })

  test.each([
    ['no schema', '', 'there is no schema, wanted'],
    ['a schema that is no JSON', '{', ''],
  ])('given a plugin with %s, leaves it out', async (_what, schema, text) => {
    writePlugin('bare', declare('bare'), schema)
    writePlugin('good', declare('good'))
    const found = await discover()
    expect(typesOf(found)).toEqual(['good'])
    expect(found.problems[0]?.message).toContain(text)
  })

  test('given a plugin that never finishes loading, gives up on it after some time', async () => {
    writePlugin('good', declare('good'))
    writePlugin('hangs', `await new Promise(() => {})\n${declare('hangs')}`)
    const found = await discover()
    expect(typesOf(found)).toEqual(['good'])
    expect(found.problems).toMatchObject([{ code: 'PLUGIN_TIMEOUT' }])
  })

  test('given two plugins for one word, keeps the first', async () => {
    writePlugin('a', declare('a', "aliases: ['shared']"))
    writePlugin('b', declare('b', "aliases: ['shared']"))
    const found = await discover()
    expect(typesOf(found)).toEqual(['a'])
    expect(found.problems).toEqual([
      {
        severity: 'error',
        code: 'PLUGIN_CLASH',
        message: `Cannot use the plugin "b": "shared" is served by ${join(folder, 'a')} already`,
        at: { file: join(folder, 'b') },
      },
    ])
  })

  test('given a schema among the common ones, and a folder that is missing, copes', async () => {
    writePlugin('good', declare('good'), '')
    write('schemas/good.schema.json', SCHEMA)
    const folders = [folder, join(folder, 'gone'), join(folder, 'schemas', 'good.schema.json')]
    const found = await discoverPlugins({ folders, schemas: join(folder, 'schemas') })
    expect(typesOf(found)).toEqual(['good'])
    expect(found.plugins[0]?.schema).toEqual({ type: 'object' })
  })

  test('given a TypeScript plugin outside the checkout, lets it import #core', async () => {
    write(
      'typed/index.ts',
      `import { definePlugin, type Plugin } from '#core'
const typed: Plugin = definePlugin<object>({ type: 'typed', summary: 'A test.' })
export default typed
`,
    )
    write('typed/schema.json', SCHEMA)
    const script = `import { discoverPlugins } from ${JSON.stringify(DISCOVER)}
const { plugins, problems } = await discoverPlugins({ folders: [process.argv[1]], schemas: '/' })
process.stdout.write(JSON.stringify([plugins.map(({ plugin }) => plugin.type), problems]))`
    const args = ['--input-type=module', '-e', script, folder]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder })
    expect(JSON.parse(stdout)).toEqual([['typed'], []])
  })
})
