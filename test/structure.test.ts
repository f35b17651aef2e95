import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const ROOT: string = fileURLToPath(new URL('../', import.meta.url))
const FILES: readonly string[] = ['index.ts', 'README.md', 'sample.toml', 'index.test.ts']
const HEADINGS: readonly string[] = ['What it runs', 'Sample', 'Fields', 'Errors', 'Limits']
const OUTCOMES: readonly string[] = ['expected.json', 'expected.err']

/** Top-level entries of the repository that are folders of ours. */
const FOLDERS: readonly string[] = ['core', 'datums', 'plugins', 'schemas', 'test']
const TYPES: readonly string[] = foldersIn(join(ROOT, 'plugins'))

describe.each(TYPES)('plugins/%s', (type) => {
  const folder = join(ROOT, 'plugins', type)
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')

  test.each(FILES)('has %s', (file) => {
    expect(existsSync(join(folder, file))).toBe(true)
  })

  test('is flat: every folder in it but cases/ would be a plugin of its own', () => {
    expect(foldersIn(folder)).toEqual(['cases'])
  })

  test('has cases, each with one datum and one outcome', () => {
    const cases = foldersIn(join(folder, 'cases'))
    expect(cases.length).toBeGreaterThan(0)
    for (const name of cases) {
      expect(name).toMatch(/^given-[a-z0-9-]+-then-[a-z0-9-]+$/)
      const files = readdirSync(join(folder, 'cases', name))
      expect(
        files.filter((file) => OUTCOMES.includes(file)),
        name,
      ).toHaveLength(1)
      expect(files, name).toHaveLength(2)
    }
  })

  test('has a schema of its name', () => {
    const schema = JSON.parse(readFileSync(schemaOf(type), 'utf8'))
    expect(schema).toMatchObject({ description: expect.stringMatching(/\w/) })
    expect(schema.properties.b00t.properties).toHaveProperty(type)
  })

  test('has a sample whose first line leads to the schema', () => {
    const [first = ''] = read('sample.toml').split('\n')
    const target = first.replace(/^#:schema /, '')
    expect(first).toBe(`#:schema ${target}`)
    expect(relative(ROOT, resolve(folder, target))).toBe(relative(ROOT, schemaOf(type)))
  })

  test('has a README under its name with the five headings in order', () => {
    const readme = withoutCode(read('README.md'))
    expect(readme.split('\n')[0]).toBe(`# ${type}`)
    expect([...readme.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual(HEADINGS)
  })

  test('shows its sample in the README word for word', () => {
    expect(read('README.md')).toContain(`\`\`\`toml\n${read('sample.toml').trim()}\n\`\`\``)
  })

  test('lets the table of fields be made from the schema', () => {
    const readme = read('README.md')
    const start = readme.indexOf('<!-- fields -->')
    expect(start).toBeGreaterThan(readme.indexOf('## Fields'))
    expect(readme.indexOf('<!-- /fields -->')).toBeGreaterThan(start)
  })
})

describe('the repository', () => {
  test('given the folders of plugins, each is loaded by its index.ts', () => {
    expect(TYPES.filter((type) => !existsSync(join(ROOT, 'plugins', type, 'index.ts')))).toEqual([])
  })

  test('given a schema, there is a plugin of its name, or it is the common head', () => {
    const schemas = readdirSync(join(ROOT, 'schemas')).filter((name) => name !== 'README.md')
    const types = schemas.map((name) => name.replace('.schema.json', ''))
    expect(types.filter((type) => type !== 'datum' && !TYPES.includes(type))).toEqual([])
  })

  test.each(FOLDERS)('has %s/', (name) => {
    expect(statSync(join(ROOT, name)).isDirectory()).toBe(true)
  })
})

function schemaOf(type: string): string {
  const own = join(ROOT, 'plugins', type, 'schema.json')
  return existsSync(own) ? own : join(ROOT, 'schemas', `${type}.schema.json`)
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, '')
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}
