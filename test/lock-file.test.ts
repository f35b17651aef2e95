import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** What `package-lock.json` says of one package. */
interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const lock: { packages: Record<string, Locked> } = readJson('../package-lock.json')
const manifest: Locked = readJson('../package.json')
const packages = Object.entries(lock.packages)

describe('package-lock.json', () => {
  /** An npm that runs on one platform may leave out the binaries of the others; `npm ci` fails there then. */
  test('given a package with optional parts, has an entry for each of them', () => {
    expect(missingParts(lock.packages)).toEqual([])
  })

  test('given the dependencies of package.json, has the same', () => {
    const root = lock.packages[''] ?? {}
    expect(root.dependencies).toEqual(manifest.dependencies)
    expect(root.devDependencies).toEqual(manifest.devDependencies)
  })

  test('given a package, says what it hashes to and names no private registry', () => {
    const vague = packages
      .filter(([path, { link, inBundle }]) => path !== '' && !link && !inBundle)
      .filter(([, { resolved, integrity }]) => isPrivate(resolved) || integrity === undefined)
      .map(([path]) => path)
    expect(vague).toEqual([])
  })
})

describe('missingParts()', () => {
  test('given an optional part without an entry, names it', () => {
    const optionalDependencies = { 'tool-linux': '1.0.0', 'tool-mac': '1.0.0' }
    const one = { 'node_modules/tool': { optionalDependencies }, 'node_modules/tool-linux': {} }
    expect(missingParts(one)).toEqual(['node_modules/tool needs tool-mac@1.0.0'])
  })
})

function missingParts(locked: Readonly<Record<string, Locked>>): string[] {
  return Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !(`${path}/node_modules/${name}` in locked))
      .filter(([name]) => !Object.keys(locked).some((key) => key.endsWith(`node_modules/${name}`)))
      .map(([name, version]) => `${path} needs ${name}@${version}`),
  )
}

function isPrivate(resolved: string | undefined): boolean {
  return resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/')
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'))
}
