import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listDatumFiles } from './datum-files.ts'

let scratch: string
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'b00t-files-'))
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))

describe('listDatumFiles()', () => {
  test('given links to a folder and back to the first, lists each file once', () => {
    write('datums/a.toml')
    write('elsewhere/b.tomllmd')
    symlinkSync(join(scratch, 'elsewhere'), join(scratch, 'datums/linked'))
    symlinkSync(join(scratch, 'datums'), join(scratch, 'datums/again'))
    symlinkSync(join(scratch, 'nowhere'), join(scratch, 'datums/broken'))
    expect(listed()).toEqual(['a.toml', 'linked/b.tomllmd'])
  })

  test('given folders below the tenth, leaves them out', () => {
    write(`datums/${'d/'.repeat(10)}a.toml`)
    write(`datums/${'d/'.repeat(11)}b.toml`)
    expect(listed()).toEqual([`${'d/'.repeat(10)}a.toml`])
  })

  test('given what is hidden, made by programs or for another program, leaves it out', () => {
    for (const name of ['.a.toml', '.git/a.toml', 'vendor/a.toml', 'Cargo.toml', 'notes.md']) {
      write(`datums/${name}`)
    }
    write('datums/a.toml')
    expect(listed()).toEqual(['a.toml'])
  })

  test('given no such folder, lists nothing and finds nothing wrong', () => {
    expect(listed()).toEqual([])
  })

  function listed(): string[] {
    const root = join(scratch, 'datums')
    const problems: never[] = []
    const files = listDatumFiles(root, problems)
    expect(problems).toEqual([])
    return files.map((file) => file.slice(root.length + 1))
  }
})

function write(name: string): void {
  const file = join(scratch, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '')
}
