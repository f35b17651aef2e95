// Run in a process of its own, once per round: `node datums-round.ts FOLDER whole|parts` prints milliseconds
// of clock and of processor time as JSON.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { check } from '../../core/datum/check.ts'
import { decode } from '../../core/datum/decode.ts'
import { discoverDatums } from '../../core/datum/discover.ts'
import { keyOf, typeOf } from '../../core/datum/identity.ts'
import { readBytes } from '../../core/datum/read-bytes.ts'
import { isProblem, parseToml } from '../../core/datum/toml.ts'
import { loadRegistry } from '../../core/supervisor/registry.ts'

const [folder = '.', mode = 'whole'] = process.argv.slice(2)
const times: Record<string, { wallMs: number; processorMs: number }> = {}
let valid = 0

const { types } = await timed('load plugins', () =>
  loadRegistry([join(import.meta.dirname, '../../plugins')]),
)
if (mode === 'whole') await measureWhole()
else await measureParts()
process.stdout.write(`${JSON.stringify({ valid, times })}\n`)

/** What a command does: everything from the folder's name to the checked datums. */
async function measureWhole(): Promise<void> {
  const found = await timed('whole', () => discoverDatums([folder], types))
  const wrong = [...found.degraded.flatMap(({ problems }) => problems), ...found.problems]
  if (wrong.length > 0) throw new Error(`a sample is not valid: ${JSON.stringify(wrong[0])}`)
  valid = found.datums.length
}

/** The same work in steps, each for all files; sorting, hashes and tail maps are in none of them. */
async function measureParts(): Promise<void> {
  const files = await timed('list', () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name)),
  )
  const contents = await timed('read', () =>
    files.map((file) => ({ file, bytes: readBytes(file) })),
  )
  const parsed = await timed('parse', () =>
    contents.flatMap(({ file, bytes }) => {
      const text = Buffer.isBuffer(bytes) ? decode(file, bytes) : bytes
      const document = typeof text === 'string' ? parseToml(file, text) : text
      return typeof text === 'string' && !isProblem(document) ? [{ file, text, document }] : []
    }),
  )
  const checked = await timed('validate', () =>
    parsed.map(({ file, text, document }) => {
      const key = keyOf(file)
      return check({ file, key, text, document, typed: typeOf(document, key, types) }, types)
    }),
  )
  valid = checked.filter(({ problems }) => problems.length === 0).length
}

async function timed<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const begin = performance.now()
  const processor = process.threadCpuUsage()
  const result = await work()
  const { user, system } = process.threadCpuUsage(processor)
  times[name] = { wallMs: performance.now() - begin, processorMs: (user + system) / 1000 }
  return result
}
