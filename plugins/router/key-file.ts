import { type BigIntStats, chmodSync } from 'node:fs'
import { join } from 'node:path'
import { B00tError, type Place, parseRole } from '#core'
import { describeToken, type Key } from './key.ts'

/** Where the keys of a home folder stand. */
export function keyFile(home: string): string {
  return join(home, 'server-keys.json')
}

/** What the decision about a key file is made from. */
export interface KeyFileFacts {
  readonly isFolder: boolean
  readonly mode: number
  readonly isOurs: boolean
}

/**
 * Whether others may read a key file of ours, so that its mode must change.
 *
 * @throws B00tError `ROUTER_KEYS_INVALID` for a folder, `ROUTER_KEYS_MODE` where the mode is not ours to change
 */
export function mustTighten(file: string, { isFolder, mode, isOurs }: KeyFileFacts): boolean {
  if (isFolder) throw invalidKeys({ file }, 'it is a folder')
  if ((mode & 0o077) === 0) return false
  if (isOurs) return true
  const found = (mode & 0o777).toString(8).padStart(4, '0')
  throw new B00tError(
    'ROUTER_KEYS_MODE',
    `Cannot use the key file: it belongs to another user and its mode is ${found}, wanted 0600`,
    { at: { file }, hint: `Let its owner run chmod 600 '${file}', or move it away.` },
  )
}

/** Keeps others from a key file of ours; its hashes and names are nobody's business. True if they could read it. */
export function secureKeyFile(file: string, stats: BigIntStats): boolean {
  const isFolder = stats.isDirectory()
  const mode = process.platform === 'win32' ? 0o600 : Number(stats.mode & 0o777n)
  const isOurs = Number(stats.uid) === process.getuid?.()
  const isOpen = mustTighten(file, { isFolder, mode, isOurs })
  if (isOpen) chmodSync(file, 0o600)
  return isOpen
}

/**
 * Reads the key file in its own format or in the older one with plain tokens, which are hashed at once.
 *
 * @throws B00tError `ROUTER_KEYS_INVALID`; the message never quotes the file
 */
export function parseKeys(file: string, text: string | undefined): readonly Key[] {
  if (text === undefined) return []
  const document = parseJson(file, text)
  const keys = isRecord(document) ? document.keys : undefined
  if (Array.isArray(keys)) {
    return keys.map((entry, index) => readEntry(entry, { file, where: `keys[${index}]` }))
  }
  if (isRecord(keys)) {
    return Object.entries(keys).map(([token, entry], index) =>
      readPlainEntry(token, entry, { file, where: `key ${index + 1}` }),
    )
  }
  throw invalidKeys({ file }, 'it has no "keys"')
}

/** The text of the key file. */
export function formatKeys(keys: readonly Key[]): string {
  return `${JSON.stringify({ version: 1, keys }, undefined, 2)}\n`
}

interface Spot {
  readonly file: string
  readonly where: string
}

function readEntry(entry: unknown, spot: Spot): Key {
  if (!isRecord(entry)) throw invalidKeys(spot, `${spot.where} is not an object`)
  const hash = stringAt(entry, 'hash', spot)
  if (!/^[0-9a-f]{64}$/.test(hash)) {
    throw invalidKeys(spot, `${spot.where}.hash is not 64 hexadecimal digits`)
  }
  return {
    id: stringAt(entry, 'id', spot),
    consumer: stringAt(entry, 'consumer', spot),
    prefix: stringAt(entry, 'prefix', spot),
    hash,
    ...roleAt(entry, spot),
    ...globsAt(entry, 'models', spot),
    ...globsAt(entry, 'endpoints', spot),
    created: stringAt(entry, 'created', spot),
    ...dateAt(entry, 'expires', spot),
    ...dateAt(entry, 'revoked', spot),
  }
}

function readPlainEntry(token: string, entry: unknown, spot: Spot): Key {
  if (!isRecord(entry)) throw invalidKeys(spot, `${spot.where} is not an object`)
  const access = Array.isArray(entry.access) ? entry.access : []
  return {
    ...describeToken(token),
    consumer: stringAt(entry, 'consumer', spot),
    ...(access.length === 0 ? {} : { endpoints: access.flatMap(endpointsOfAccess) }),
    created: typeof entry.created_at === 'string' ? entry.created_at : new Date(0).toISOString(),
  }
}

/** What the access classes of the older format open here; an unknown class opens nothing. */
function endpointsOfAccess(entry: unknown): readonly string[] {
  const { class: name, action } = isRecord(entry) ? entry : {}
  if (name === 'b00t:ChatModel' && action === 'execute') {
    return ['chat/*', 'completions', 'responses*', 'messages*']
  }
  if (name === 'b00t:EmbeddingModel' && action === 'execute') return ['embeddings']
  if (name === 'b00t:Model' && (action === 'read' || action === 'execute')) {
    return ['models', 'models/*']
  }
  return []
}

/** Not the error of `JSON.parse`: its message quotes the text, and the text may hold plain tokens. */
function parseJson(file: string, text: string): unknown {
  const [value, at] = tryParse(text)
  if (at !== undefined) throw invalidKeys({ file, ...at }, 'it is not valid JSON')
  return value
}

function tryParse(text: string): [value: unknown, at?: Omit<Place, 'file'>] {
  try {
    return [JSON.parse(text)]
  } catch (error) {
    const offset = Number(/position (\d+)/.exec(String(error))?.[1] ?? text.length)
    const before = text.slice(0, offset).split('\n')
    return [undefined, { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }]
  }
}

function invalidKeys(at: Place | Spot, problem: string): B00tError {
  const place: Place = 'where' in at ? { file: at.file } : at
  return new B00tError('ROUTER_KEYS_INVALID', `Cannot read the key file: ${problem}`, { at: place })
}

function stringAt(entry: Record<string, unknown>, name: string, spot: Spot): string {
  const value = optional(entry, name, spot)
  if (value === undefined || value === '') {
    throw invalidKeys(spot, `${spot.where}.${name} is missing`)
  }
  return value
}

function optional(entry: Record<string, unknown>, name: string, spot: Spot): string | undefined {
  const value = entry[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw invalidKeys(spot, `${spot.where}.${name} is not a string`)
  return value
}

function roleAt(entry: Record<string, unknown>, spot: Spot): Pick<Key, 'role'> {
  const word = optional(entry, 'role', spot)
  if (word === undefined) return {}
  const role = parseRole(word)
  if (role !== undefined) return { role }
  throw invalidKeys(spot, `${spot.where}.role is not one of executive, operator, agent, viewer`)
}

function dateAt(entry: Record<string, unknown>, name: string, spot: Spot): Record<string, string> {
  const value = optional(entry, name, spot)
  if (value === undefined) return {}
  if (Number.isNaN(Date.parse(value))) {
    throw invalidKeys(spot, `${spot.where}.${name} is not a date`)
  }
  return { [name]: value }
}

function globsAt(
  entry: Record<string, unknown>,
  name: string,
  spot: Spot,
): Record<string, string[]> {
  const value = entry[name]
  if (value === undefined || value === null) return {}
  if (!Array.isArray(value) || value.some((glob) => typeof glob !== 'string')) {
    throw invalidKeys(spot, `${spot.where}.${name} is not a list of strings`)
  }
  return { [name]: value }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
