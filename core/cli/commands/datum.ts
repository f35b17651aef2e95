import { relative } from 'node:path'
import { resolveDatum } from '../../datum/resolve.ts'
import { B00tError } from '../../error.ts'
import { loadCatalog } from '../catalog.ts'
import type { CommandRun } from '../context.ts'
import { formatTable } from '../terminal.ts'

/** Longest text in a cell, in characters, so that one long name does not pad every row. */
const CELL_LIMIT = 40

/** Every datum: those that run, those that describe, and the files that cannot be used. */
export const list: CommandRun = async (context) => {
  const { discover, registry } = await loadCatalog(context)
  const { datums, degraded } = discover()
  const rows = [
    ...datums.map((datum) => ({
      key: datum.key,
      name: datum.name,
      type: datum.type,
      use: registry.isRunnable(datum) ? 'surface' : 'knowledge',
      hint: datum.hint,
      file: datum.file,
    })),
    ...degraded.map(({ key, file, problems }) => ({
      key,
      name: '',
      type: '',
      use: 'degraded',
      hint: problems[0]?.message ?? '',
      file,
    })),
  ]
  if (context.json) {
    context.terminal.printJson(rows)
    return 0
  }
  const cells = rows.map(({ key, type, use, hint, file }) => {
    const path = shortPath(context.cwd, file)
    return [shorten(key), shorten(type || '-'), use, shortenPath(path), shorten(hint)]
  })
  const table = formatTable(['KEY', 'TYPE', 'USE', 'FILE', 'HINT'], cells)
  for (const line of table) context.terminal.print(line)
  return 0
}

/** One datum as it is understood: defaults filled in, type resolved. */
export const show: CommandRun = async (context, [name = '']) => {
  const { discover } = await loadCatalog(context)
  const { datums, degraded } = discover()
  const { document: _document, ...datum } = resolveDatum(name, datums, degraded)
  context.terminal.printJson(datum)
  return 0
}

/** The JSON Schema of a type, for editors and for language models. */
export const schema: CommandRun = async (context, [type = '']) => {
  const { registry } = await loadCatalog(context)
  const info = registry.types.find(type)
  if (!info) {
    const known = registry.plugins.map(({ plugin }) => plugin.type).join(', ')
    throw new B00tError('DATUM_NOT_FOUND', `There is no plugin for type "${type}"`, {
      hint: `Use one of ${known}.`,
    })
  }
  context.terminal.printJson(info.schema)
  return 0
}

/** Relative inside the working folder, absolute elsewhere. */
function shortPath(cwd: string, file: string): string {
  const path = relative(cwd, file)
  return path.startsWith('..') ? file : path
}

function shorten(text: string): string {
  return text.length > CELL_LIMIT ? `${text.slice(0, CELL_LIMIT - 1)}…` : text
}

/** The end of a path tells files apart. */
function shortenPath(path: string): string {
  return path.length > CELL_LIMIT ? `…${path.slice(1 - CELL_LIMIT)}` : path
}
