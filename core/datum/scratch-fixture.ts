import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createTypeCatalog, type TypeCatalog, type TypeInfo } from './catalog.ts'

/** For tests: a folder with datum files that is removed with `using`. */
export interface Scratch extends Disposable {
  /** Absolute path. */
  readonly path: string
  /** Writes one more file, and the folders above it. */
  write(name: string, content: string | Uint8Array): string
}

/** Makes a {@link Scratch} with these files, by path relative to it. */
export function createScratch(files: Readonly<Record<string, string | Uint8Array>>): Scratch {
  const path = mkdtempSync(join(tmpdir(), 'b00t-datum-'))
  const write = (name: string, content: string | Uint8Array): string => {
    const file = join(path, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    return file
  }
  for (const [name, content] of Object.entries(files)) write(name, content)
  return { path, write, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** For tests: a catalogue with the one runnable type `job` (alias `task`), whose table is given. */
export function catalogueOf(table: object = {}, more: Partial<TypeInfo> = {}): TypeCatalog {
  const schema = {
    type: 'object',
    properties: { b00t: { type: 'object', properties: { job: table } } },
  }
  return createTypeCatalog([{ type: 'job', aliases: ['task'], schema, runnable: true, ...more }])
}
