import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadRegistry } from '../core/supervisor/registry.ts'

const ROOT: string = fileURLToPath(new URL('../', import.meta.url))

/** Each folder of core imports only from those before it. Single files count as `error`. */
const ORDER: readonly string[] = [
  'error',
  'datum',
  'surface',
  'governance',
  'audit',
  'process',
  'lifecycle',
  'supervisor',
  'cli',
]

/** One `from '…'` or `import('…')` of our own source; a relative target is given from the root. */
interface Import {
  readonly file: string
  readonly target: string
}

const IMPORTS: readonly Import[] = sourceFiles(['core/**/*.ts', 'plugins/**/*.ts']).flatMap(
  (file) => importsOf(file, readSource(file)),
)
const CORE_CODE: readonly string[] = sourceFiles(['core/**/*.ts']).filter(
  (file) => !file.endsWith('.test.ts'),
)

describe('imports', () => {
  test('given core, it never imports a plugin or a test', () => {
    const strays = IMPORTS.filter(
      ({ file, target }) => file.startsWith('core/') && /^(plugins|test)\//.test(target),
    )
    expect(strays).toEqual([])
  })

  test('given a plugin, it imports only #core, its own files and packages', () => {
    const strays = IMPORTS.filter(
      ({ file, target }) =>
        file.startsWith('plugins/') &&
        (/^(core|plugins|test|schemas|\.\.)\b/.test(target) || target.startsWith('#')) &&
        target !== '#core' &&
        folderOf(target) !== folderOf(file),
    )
    expect(strays).toEqual([])
  })

  test('given a folder of core, it imports only from those before it', () => {
    const strays = IMPORTS.filter(
      ({ file, target }) =>
        file.startsWith('core/') &&
        file !== 'core/index.ts' &&
        target.startsWith('core/') &&
        ORDER.indexOf(layerOf(target)) > ORDER.indexOf(layerOf(file)),
    )
    expect(strays).toEqual([])
  })

  test('given core, every folder of it has its place in the order', () => {
    const layers = new Set(CORE_CODE.filter((file) => file !== 'core/index.ts').map(layerOf))
    expect([...layers].sort()).toEqual([...ORDER].sort())
  })
})

describe('importsOf()', () => {
  test('given imports in every form, finds them all', () => {
    const source = `import a from './a.ts'\nimport type {\n  B,\n} from "../b/b.ts"\nimport 'node:fs'
export { c } from '#core'\nconst d = await import('../../core/d.ts')`
    expect(importsOf('plugins/x/index.ts', source).map(({ target }) => target)).toEqual([
      'plugins/x/a.ts',
      'plugins/b/b.ts',
      'node:fs',
      '#core',
      'core/d.ts',
    ])
  })
})

describe('types', () => {
  test('given the name of a type, core does not know it', async () => {
    const { plugins } = await loadRegistry([join(ROOT, 'plugins')])
    const words = plugins.flatMap(({ plugin }) => [plugin.type, ...(plugin.aliases ?? [])])
    const literal = new RegExp(`(['"\`])(${words.join('|')})\\1`, 'g')
    const known = CORE_CODE.flatMap((file) =>
      [...withoutComments(readSource(file)).matchAll(literal)].map(([text]) => `${file}: ${text}`),
    )
    expect(words.length).toBeGreaterThan(0)
    expect(known).toEqual([])
  })
})

describe('errors that stand for others', () => {
  test('given a catch block that throws another error, it passes the first one as cause', () => {
    const strays = sourceFiles(['core/**/*.ts', 'plugins/**/*.ts']).flatMap((file) =>
      forgottenCauses(readSource(file))
        .filter((text) => file.startsWith('core/') || text.startsWith('new '))
        .map((text) => `${file}: ${text}`),
    )
    // What a plugin makes with a function of its own may be an answer to a client, which has no cause.
    expect(strays).toEqual([])
  })
})

describe('forgottenCauses()', () => {
  test('given blocks with and without a cause, names those without', () => {
    const good = `try { a() } catch (cause) { throw new B00tError('A_B', 'x', { cause }) }
try { a() } catch (thrown) { if (b) { throw thrown } throw broken(file, 'x', thrown) }`
    const bad = `try { a() } catch (error) { throw new B00tError('A_B', messageOf(error)) }
try { a() } catch { throw broken('x') }`
    expect(forgottenCauses(good)).toEqual([])
    expect(forgottenCauses(bad)).toHaveLength(2)
  })
})

/** First lines of the `throw` statements inside catch blocks that lose what was caught. */
function forgottenCauses(source: string): string[] {
  const code = withoutComments(source)
  return [...code.matchAll(/catch\s*(?:\((\w+)[^)]*\)\s*)?\{/g)].flatMap((match) => {
    const block = blockAt(code, match.index + match[0].length)
    const caught = match[1]
    return throwsIn(block).filter((text) => !keepsCause(text, caught))
  })
}

function throwsIn(block: string): string[] {
  return block
    .split(/\bthrow\b/)
    .slice(1)
    .map((text) => text.trim())
}

function keepsCause(thrown: string, caught: string | undefined): boolean {
  if (caught === undefined) return false
  const used = thrown.replaceAll(new RegExp(`messageOf\\(${caught}\\)`, 'g'), '')
  return new RegExp(`\\b${caught}\\b`).test(used)
}

/** The text from after an opening brace up to the one that closes it. */
function blockAt(code: string, start: number): string {
  let depth = 1
  let end = start
  while (depth > 0 && end < code.length) {
    if (code[end] === '{') depth++
    if (code[end] === '}') depth--
    end++
  }
  return code.slice(start, end - 1)
}

function importsOf(file: string, source: string): Import[] {
  const found = source.matchAll(/\b(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)
  return [...found].map(([, target = '']) => ({
    file,
    target: target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
  }))
}

function folderOf(path: string): string {
  return path.split('/').slice(0, 2).join('/')
}

function layerOf(file: string): string {
  const parts = file.split('/')
  return parts.length === 2 ? 'error' : (parts[1] ?? '')
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
}

function sourceFiles(patterns: readonly string[]): string[] {
  return globSync([...patterns], { cwd: ROOT }).sort()
}

function readSource(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}
