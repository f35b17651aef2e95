import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makePrivateFolder, writeFileAtomically } from './file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'b00t-file-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('writeFileAtomically()', () => {
  test.each(['power', 'process'] as const)('given %s, replaces the file', (durability) => {
    const file = join(folder, 'a.json')
    writeFileAtomically(file, 'one', durability)
    writeFileAtomically(file, 'zwei €', durability)
    expect(readFileSync(file, 'utf8')).toBe('zwei €')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['a.json'])
  })

  test('given a target that is a folder, fails and leaves nothing behind', () => {
    makePrivateFolder(join(folder, 'taken', 'inner'))
    expect(() => writeFileAtomically(join(folder, 'taken'), 'x')).toThrow()
    expect(readdirSync(folder)).toEqual(['taken'])
  })
})

describe('makePrivateFolder()', () => {
  test('given a path, makes each missing part for its owner only', () => {
    const path = join(folder, 'a', 'b')
    makePrivateFolder(path)
    makePrivateFolder(path)
    expect([join(folder, 'a'), path].map((part) => statSync(part).mode & 0o777)).toEqual([
      0o700, 0o700,
    ])
  })
})
