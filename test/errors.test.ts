import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type CatalogueEntry, ERRORS } from '../core/error.ts'
import { loadRegistry } from '../core/supervisor/registry.ts'

const ROOT: string = fileURLToPath(new URL('../', import.meta.url))

/** A catalogue of errors and the source files that may use its codes. */
interface Owner {
  /** `core`, or the type of a plugin. */
  readonly name: string
  readonly errors: Readonly<Record<string, CatalogueEntry>>
  readonly sources: readonly string[]
}

const registry = await loadRegistry([join(ROOT, 'plugins')])
const plugins: readonly Owner[] = registry.plugins.map(({ plugin }) => ({
  name: plugin.type,
  errors: plugin.errors ?? {},
  sources: readSources(`plugins/${plugin.type}/**/*.ts`),
}))
const core: Owner = { name: 'core', errors: ERRORS, sources: readSources('core/**/*.ts') }

describe.each([core, ...plugins])('the errors of $name', ({ errors, sources }) => {
  test('given a code in the source, the catalogue has it', () => {
    const known = { ...ERRORS, ...errors }
    expect(sources.flatMap(codesIn).filter((code) => !(code in known))).toEqual([])
  })

  test('given a code in the catalogue, something reports it', () => {
    const unused = Object.keys(errors).filter(
      (code) => !sources.some((source) => new RegExp(`['"]${code}['"]`).test(source)),
    )
    expect(unused).toEqual([])
  })

  test('given an entry, it says what is wrong and what to do, in sentences', () => {
    const sentence = /^(?:[A-Z`]|llama\.cpp ).*[.!]$/
    const vague = Object.entries(errors).filter(
      ([, { meaning, next }]) => !sentence.test(meaning) || !sentence.test(next),
    )
    expect(vague).toEqual([])
  })
})

describe.each(plugins)('the errors of the plugin $name', ({ name, errors }) => {
  const prefix = `${name.toUpperCase().replaceAll('-', '_')}_`

  test(`given a code, it begins with ${prefix}`, () => {
    expect(Object.keys(errors).filter((code) => !code.startsWith(prefix))).toEqual([])
  })

  test('given a code, the README has it under Errors, with its meaning', () => {
    const readme = readFileSync(join(ROOT, 'plugins', name, 'README.md'), 'utf8')
    const section = readme.split(/^## /m).find((part) => part.startsWith('Errors\n')) ?? ''
    const missing = Object.entries(errors).filter(
      ([code, { meaning }]) => !section.includes(`\`${code}\` | ${meaning}`),
    )
    expect(missing.map(([code]) => code)).toEqual([])
    const listed = [...section.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, code]) => code)
    expect(listed.filter((code) => code !== undefined && !(code in errors))).toEqual([])
  })
})

describe('all codes', () => {
  test('given two catalogues, no code is in both', () => {
    const codes = [core, ...plugins].flatMap(({ errors }) => Object.keys(errors))
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([])
  })
})

describe('codesIn()', () => {
  test('given errors and problems, finds their codes', () => {
    const source = `throw new B00tError(\n  'A_B',\n  'x')
const p = { severity: 'error', code: "C_D" }
if (thrown.code === 'EACCES' || name === 'SOME_VARIABLE') return`
    expect(codesIn(source)).toEqual(['A_B', 'C_D'])
  })
})

/** The codes that a source names where it makes an error or a problem. */
function codesIn(source: string): string[] {
  const found = source.matchAll(
    /(?:new B00tError\(\s*|\bcode:\s*)['"]([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)['"]/g,
  )
  return [...found].map(([, code = '']) => code)
}

function readSources(pattern: string): string[] {
  return globSync(pattern, { cwd: ROOT })
    .filter((file) => !file.endsWith('.test.ts') && !file.endsWith('-fixture.ts'))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
}
