import { B00tError, type CommandInput, parseDuration, parseRole, type Role } from '#core'
import { describeToken, isLive, type Key, mintToken } from './key.ts'
import { changeKeys, readKeys } from './key-writer.ts'
import { spotlightFile } from './spotlight.ts'
import { readRecords } from './spotlight-file.ts'

/** What a new key is to be. */
export interface KeyWish {
  readonly consumer: string
  readonly role?: Role
  readonly models?: readonly string[]
  readonly endpoints?: readonly string[]
  /** Milliseconds from now; absent: never. */
  readonly lifetimeMs?: number
}

/** Makes a key and stores its hash; the token is returned here and nowhere else. */
export async function createKey(
  home: string,
  wish: KeyWish,
): Promise<{ readonly token: string; readonly key: Key }> {
  const { lifetimeMs, ...properties } = wish
  const token = mintToken()
  const now = Date.now()
  const key: Key = {
    ...describeToken(token),
    ...properties,
    created: new Date(now).toISOString(),
    ...(lifetimeMs === undefined ? {} : { expires: new Date(now + lifetimeMs).toISOString() }),
  }
  await changeKeys(home, (keys) => [...keys, key])
  return { token, key }
}

/** `server key create` */
export async function runCreate(input: CommandInput): Promise<number> {
  const { consumer, role, models, endpoints, expires } = input.options
  const wish: KeyWish = {
    consumer: readConsumer(consumer),
    ...(role === undefined ? {} : { role: readRole(String(role)) }),
    ...(models === undefined ? {} : { models: readList('--models', String(models)) }),
    ...(endpoints === undefined ? {} : { endpoints: readList('--endpoints', String(endpoints)) }),
    ...(expires === undefined ? {} : { lifetimeMs: parseDuration(String(expires)) }),
  }
  const { token, key } = await createKey(input.host.home, wish)
  input.print(token)
  input.note(`Key ${key.id} for consumer "${key.consumer}"; it is not shown again`)
  input.note(`Expires: ${key.expires ?? 'never'}`)
  return 0
}

/** `server key list` */
export async function runList(input: CommandInput): Promise<number> {
  const keys = await readKeys(input.host.home)
  const used = await lastUses(input.host.home)
  const rows = keys.map((key) => ({
    id: key.id,
    consumer: key.consumer,
    prefix: key.prefix,
    created: key.created,
    expires: key.expires ?? null,
    revoked: key.revoked ?? null,
    last_used: used.get(key.id) ?? null,
    role: key.role ?? null,
    models: key.models ?? null,
    endpoints: key.endpoints ?? null,
  }))
  if (input.options.json === true) {
    input.print(JSON.stringify(rows, undefined, 2))
    return 0
  }
  if (rows.length === 0) input.note('No keys yet: make one with "b00t server key create"')
  for (const row of rows) {
    const end = row.revoked ? `revoked ${row.revoked}` : `expires ${row.expires ?? 'never'}`
    const facts = [row.id, `${row.prefix}…`, row.consumer, `created ${row.created}`, end]
    input.print([...facts, `last used ${row.last_used ?? 'never'}`].join('  '))
  }
  return 0
}

/** `server key revoke` */
export async function runRevoke(input: CommandInput): Promise<number> {
  const id = input.arguments[0] ?? ''
  await changeKeys(input.host.home, (keys) => replaceKey(keys, id, (key) => endKey(key, 0)))
  input.note(`Key ${id} is revoked; running routers refuse it from now on`)
  return 0
}

/** `server key rotate` */
export async function runRotate(input: CommandInput): Promise<number> {
  const id = input.arguments[0] ?? ''
  const graceMs = parseDuration(String(input.options.grace ?? '0s'))
  const token = mintToken()
  let next: Key | undefined
  await changeKeys(input.host.home, (keys) => {
    const changed = replaceKey(keys, id, (key) => endKey(key, graceMs))
    next = { ...succeed(keys.find((key) => key.id === id)), ...describeToken(token) }
    return [...changed, next]
  })
  input.print(token)
  input.note(`Key ${next?.id} takes the place of ${id}; it is not shown again`)
  input.note(graceMs > 0 ? `The old key ends in ${input.options.grace}` : 'The old key is revoked')
  return 0
}

/** A key with the same rights and the same lifetime, starting now. */
function succeed(old: Key | undefined): Omit<Key, 'id' | 'prefix' | 'hash'> {
  const { revoked: _, expires, ...rest } = old ?? { consumer: '', created: '' }
  const now = Date.now()
  const lifetime = expires && Date.parse(expires) - Date.parse(rest.created)
  return {
    ...rest,
    created: new Date(now).toISOString(),
    ...(lifetime ? { expires: new Date(now + lifetime).toISOString() } : {}),
  }
}

function endKey(key: Key, graceMs: number): Key {
  const end = Date.now() + graceMs
  if (graceMs === 0) return { ...key, revoked: key.revoked ?? new Date(end).toISOString() }
  const sooner = Math.min(end, key.expires ? Date.parse(key.expires) : end)
  return { ...key, expires: new Date(sooner).toISOString() }
}

function replaceKey(keys: readonly Key[], id: string, change: (key: Key) => Key): readonly Key[] {
  const found = keys.find((key) => key.id === id)
  if (found === undefined || !isLive(found, Date.now())) {
    const state = found === undefined ? 'there is none with this id' : 'it has ended already'
    throw new B00tError('ROUTER_KEY_UNKNOWN', `Cannot change key "${id}": ${state}`, {
      hint: 'List the keys with `b00t server key list`.',
    })
  }
  return keys.map((key) => (key === found ? change(key) : key))
}

async function lastUses(home: string): Promise<ReadonlyMap<string, string>> {
  const uses = new Map<string, string>()
  for await (const record of readRecords(spotlightFile(home))) {
    if (record.key_id) uses.set(record.key_id, record.ts)
  }
  return uses
}

function readConsumer(value: unknown): string {
  const consumer = String(value ?? '').trim()
  if (/^[^\p{Cc}]{1,100}$/u.test(consumer)) return consumer
  throw new B00tError('USAGE', 'Cannot make a key: --consumer is empty or longer than 100 letters')
}

function readRole(word: string): Role {
  const role = parseRole(word)
  if (role !== undefined) return role
  throw new B00tError('USAGE', `Cannot make a key: there is no role "${word}"`, {
    hint: 'Choose one of executive, operator, agent, viewer.',
  })
}

function readList(option: string, text: string): readonly string[] {
  const items = text.split(',').map((item) => item.trim())
  if (items.every((item) => item !== '')) return items
  throw new B00tError('USAGE', `Cannot make a key: ${option} has an empty entry`)
}
