import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
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

  test('given a disk that takes only a part, fails, keeps the old file and leaves nothing', async () => {
    const file = join(folder, 'a.json')
    writeFileAtomically(file, 'old')
    const script = `
      import { writeFileAtomically } from '${import.meta.dirname}/file.ts'
      try { writeFileAtomically(process.argv[1], 'x'.repeat(5000)) } catch ({ code }) { console.log(code) }`
    // Blocks of 512 or 1024 bytes, as the shell likes.
    const shell = 'ulimit -f 3; exec "$0" --input-type=module -e "$1" "$2"'
    const argv = ['-c', shell, process.execPath, script, file]
    expect((await promisify(execFile)('sh', argv)).stdout).toBe('EFBIG\n')
    expect(readFileSync(file, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['a.json'])
  })

  test('given a target that is a folder, fails and leaves nothing behind', () => {
    makePrivateFolder(join(folder, 'taken', 'inner'))
    expect(() => writeFileAtomically(join(folder, 'taken'), 'x')).toThrow()
    expect(readdirSync(folder)).toEqual(['taken'])
  })
})

describe('makePrivateFolder()', () => {
  test('given a place where no folder can be made, fails at once', () => {
    expect(() => makePrivateFolder('/proc/nope/deeper')).toThrow(/ENOENT|EACCES|EROFS/)
  })

  test('given a file in the way, fails', () => {
    writeFileAtomically(join(folder, 'file'), '')
    expect(() => makePrivateFolder(join(folder, 'file', 'a'))).toThrow(/ENOTDIR/)
  })

  test('given a path, makes each missing part for its owner only', () => {
    const path = join(folder, 'a', 'b')
    makePrivateFolder(path)
    makePrivateFolder(path)
    expect([join(folder, 'a'), path].map((part) => statSync(part).mode & 0o777)).toEqual([
      0o700, 0o700,
    ])
  })
})
