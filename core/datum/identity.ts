import { basename } from 'node:path'
import type { TypeCatalog, TypeInfo } from './catalog.ts'
import { isTable, type TomlTable } from './toml.ts'

/** File name extensions of datums; a later one wins over an earlier one with the same key. */
export const EXTENSIONS: readonly string[] = ['.toml', '.tomllm', '.tomllmd']

/** A datum's type: what was written, and the plugin's facts if one serves it. */
export interface TypeOfDatum {
  readonly type: string
  readonly info?: TypeInfo
}

/** File name without its outer extension: `cache.service` for `cache.service.toml`. */
export function keyOf(file: string): string {
  const name = basename(file)
  const extension = EXTENSIONS.find((known) => name.endsWith(known))
  return extension ? name.slice(0, -extension.length) : name
}

/** First part of the file name: `cache` for `cache.service.toml`. */
export function firstPart(key: string): string {
  return key.split('.', 1)[0] || key
}

/** `[b00t].type`, else the outermost suffix that is served, else the outermost suffix as it stands. */
export function typeOf(document: TomlTable, key: string, types: TypeCatalog): TypeOfDatum {
  const written = isTable(document.b00t) ? document.b00t.type : undefined
  const isWritten = typeof written === 'string' && written !== ''
  const words = isWritten ? [written] : key.split('.').slice(1).reverse()
  for (const word of words) {
    const info = types.find(word)
    if (info) return { type: info.type, info }
  }
  return { type: words[0] ?? 'unknown' }
}
