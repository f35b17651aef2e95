import { existsSync, linkSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import { B00tError, makePrivateFolder, writeFileAtomically } from '#core'
import { baseUrlFault } from './base-url.ts'
import { DEFAULT_SOUL } from './default-soul.ts'

/** A backend on this machine or network, as the soul lists it. */
export interface LocalBackend {
  readonly name: string
  /** 0 means that the port is only known when it runs, which cannot be used yet. */
  readonly port: number
  /** Absent: 127.0.0.1, then ::1. */
  readonly host?: string
  readonly kind: 'openai-compat' | 'embeddings'
  readonly enabled: boolean
  /** Models it serves even if its own list does not say so. */
  readonly models: readonly string[]
}

/** A provider somewhere else; it is used while the variable `keyEnv` holds a key. */
export interface RemoteBackend {
  readonly name: string
  readonly keyEnv: string
  readonly baseUrl: string
}

/** This machine's registry of backends. */
export interface Soul {
  readonly hostname: string | undefined
  readonly local: readonly LocalBackend[]
  readonly remote: readonly RemoteBackend[]
}

/** Addresses of providers that older files name without one. */
const KNOWN_BASE_URLS: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  telnyx: 'https://api.telnyx.com/v2/ai',
}

/** Where the soul of a home folder stands. */
export function soulFile(home: string): string {
  return join(home, 'server-soul.tomllm')
}

/** Writes the default soul if there is none; an existing file is never touched, and never seen half written. */
export function ensureSoul(home: string): void {
  makePrivateFolder(home)
  const file = soulFile(home)
  if (existsSync(file)) return
  const draft = `${file}.${process.pid}.draft`
  writeFileAtomically(draft, DEFAULT_SOUL)
  try {
    // A rename would replace a file that someone else has just put there.
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') renameSync(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** The variables that a home's soul names for keys; a soul that is missing or broken names none yet. */
export function keyVariables(home: string): readonly string[] {
  try {
    const file = soulFile(home)
    return parseSoul(file, readFileSync(file, 'utf8')).remote.map(({ keyEnv }) => keyEnv)
  } catch {
    return []
  }
}

/**
 * Reads a soul.
 *
 * @param file - for the place in errors
 * @throws B00tError `ROUTER_SOUL_INVALID` with line and, for syntax errors, column
 */
export function parseSoul(file: string, text: string): Soul {
  const document = parseToml(file, text)
  const backends = table(document.backends)
  const read = <T>(name: string, make: (entry: Entry) => T): readonly T[] =>
    list(backends[name]).map((value, index) =>
      make({ value: table(value), list: `backends.${name}`, index, file, text }),
    )
  const hostname = table(document.soul).hostname
  return {
    hostname: typeof hostname === 'string' ? hostname : undefined,
    local: read('local', readLocal),
    remote: read('remote', readRemote),
  }
}

interface Entry {
  readonly value: Readonly<Record<string, unknown>>
  readonly list: string
  readonly index: number
  readonly file: string
  readonly text: string
}

function parseToml(file: string, text: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (error) {
    const at = error instanceof TomlError ? { line: error.line, column: error.column } : {}
    throw new B00tError('ROUTER_SOUL_INVALID', 'Cannot read the soul: it is not valid TOML', {
      at: { file, ...at },
      cause: error,
    })
  }
}

function readLocal(entry: Entry): LocalBackend {
  const { value } = entry
  const port = value.port
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw invalid(entry, 'port', 'is not a port from 0 to 65535')
  }
  const kind = value.kind ?? 'openai-compat'
  if (kind !== 'openai-compat' && kind !== 'embeddings') {
    throw invalid(entry, 'kind', 'is neither "openai-compat" nor "embeddings"')
  }
  const host = value.host
  if (host !== undefined && (typeof host !== 'string' || !/^[\w.:-]+$/.test(host))) {
    throw invalid(entry, 'host', 'is not a host name or address')
  }
  const enabled = value.enabled !== false
  const models = list(value.models)
    .map(modelName)
    .filter((name) => name !== undefined)
  return { name: nameOf(entry), port, kind, enabled, models, ...(host ? { host } : {}) }
}

function readRemote(entry: Entry): RemoteBackend {
  const name = nameOf(entry)
  const keyEnv = entry.value.key_env
  if (typeof keyEnv !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(keyEnv)) {
    throw invalid(entry, 'key_env', 'is not the name of an environment variable')
  }
  const baseUrl = entry.value.base_url ?? KNOWN_BASE_URLS[name]
  if (baseUrl === undefined) throw invalid(entry, 'base_url', 'is missing')
  if (typeof baseUrl !== 'string') throw invalid(entry, 'base_url', 'is not a string')
  const fault = baseUrlFault(baseUrl)
  if (fault !== undefined) throw invalid(entry, 'base_url', fault)
  return { name, keyEnv, baseUrl }
}

function nameOf(entry: Entry): string {
  const name = entry.value.name
  // It is sent in a header, so it must be printable.
  if (typeof name === 'string' && /^[\w.@:+-]{1,64}$/.test(name)) return name
  throw invalid(entry, 'name', 'is not a name of letters, digits, dots and dashes')
}

function modelName(model: unknown): string | undefined {
  const name = typeof model === 'string' ? model : table(model).model_name
  return typeof name === 'string' ? name : undefined
}

function invalid(entry: Entry, key: string, problem: string): B00tError {
  const where = `[[${entry.list}]] number ${entry.index + 1}`
  return new B00tError(
    'ROUTER_SOUL_INVALID',
    `Cannot read the soul: ${key} of ${where} ${problem}`,
    {
      at: { file: entry.file, ...placeOf(entry, key) },
    },
  )
}

/** The line of a key in the n-th table of its list, or of the table's header if the key is missing. */
function placeOf(entry: Entry, key: string): { line: number; column: number } | undefined {
  const lines = entry.text.split('\n')
  const isHeader = (line: string) => line.replace(/\s/g, '').startsWith(`[[${entry.list}]]`)
  const headers = lines.flatMap((line, index) => (isHeader(line) ? [index] : []))
  const header = headers[entry.index]
  if (header === undefined) return undefined
  for (let index = header + 1; index < (headers[entry.index + 1] ?? lines.length); index++) {
    const found = /^(\s*)([\w-]+)\s*=/.exec(lines[index] ?? '')
    if (found?.[2] === key) return { line: index + 1, column: (found[1]?.length ?? 0) + 1 }
  }
  return { line: header + 1, column: 1 }
}

function table(value: unknown): Record<string, unknown> {
  const isTable = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isTable ? (value as Record<string, unknown>) : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
