import { B00tError, type CommandInput, parseDuration, parseRole, type Role } from '#core'
import { describeToken, type Key, mintToken, stateOfKey } from './key.ts'
import { changeKeys, readKeys } from './key-writer.ts'

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
    ...(expires === undefined ? {} : { lifetimeMs: readLifetime(String(expires)) }),
  }
  await noteTightened(input)
  const { token, key } = await createKey(input.host.home, wish)
  if (input.options.json === true) {
    const { hash: _, ...shown } = key
    input.print(JSON.stringify({ ...shown, token }, undefined, 2))
    return 0
  }
  input.print(token)
  input.note(`Key ${key.id} for consumer "${key.consumer}"; it is not shown again`)
  input.note(`Expires: ${key.expires ?? 'never'}`)
  return 0
}

/** `server key revoke` */
export async function runRevoke(input: CommandInput): Promise<number> {
  const text = input.arguments[0] ?? ''
  await noteTightened(input)
  let id = ''
  await changeKeys(input.host.home, (keys) => {
    const found = findLive(keys, text)
    id = found.id
    return keys.map((key) => (key === found ? endKey(key, 0) : key))
  })
  input.note(`Key ${id} is revoked; running routers refuse it from now on`)
  return 0
}

/** `server key rotate` */
export async function runRotate(input: CommandInput): Promise<number> {
  const graceMs = parseDuration(String(input.options.grace ?? '0s'))
  await noteTightened(input)
  const token = mintToken()
  let ids = { old: '', next: '' }
  await changeKeys(input.host.home, (keys) => {
    const old = findLive(keys, input.arguments[0] ?? '')
    const next = { ...succeed(old), ...describeToken(token) }
    ids = { old: old.id, next: next.id }
    return [...keys.map((key) => (key === old ? endKey(key, graceMs) : key)), next]
  })
  input.print(token)
  input.note(`Key ${ids.next} takes the place of ${ids.old}; it is not shown again`)
  input.note(graceMs > 0 ? `The old key ends in ${input.options.grace}` : 'The old key is revoked')
  return 0
}

/** A key with the same rights and the same lifetime, starting now. */
function succeed(old: Key): Omit<Key, 'id' | 'prefix' | 'hash'> {
  const { revoked: _, expires, id: _id, prefix: _prefix, hash: _hash, ...rest } = old
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

/**
 * The live key with an id or a token.
 *
 * @throws B00tError `ROUTER_KEY_UNKNOWN`; its message never repeats what may be a token
 */
function findLive(keys: readonly Key[], text: string): Key {
  const { hash } = describeToken(text.trim())
  const found = keys.find((key) => key.id === text || key.hash === hash)
  const state = found === undefined ? 'unknown' : stateOfKey(found, Date.now())
  if (found !== undefined && state === 'live') return found
  const id = found?.id ?? (/^key_\w{1,20}$/.test(text) ? text : 'given here')
  throw new B00tError('ROUTER_KEY_UNKNOWN', `Cannot change the key ${id}: it is ${state}`, {
    hint: 'List the keys with `b00t server key list`.',
  })
}

/** Tells whoever runs a command that it has changed the mode of the key file. */
export async function noteTightened({ host, note }: CommandInput): Promise<readonly Key[]> {
  return await readKeys(host.home, () =>
    note('Others could read the key file; its mode is now 0600'),
  )
}

function readLifetime(text: string): number {
  const lifetimeMs = parseDuration(text)
  if (lifetimeMs > 0) return lifetimeMs
  throw new B00tError('USAGE', 'Cannot make a key: --expires is zero, wanted is more, e.g. 30d')
}

function readConsumer(value: unknown): string {
  const consumer = String(value ?? '').trim()
  if (/^[^\p{Cc}]{1,100}$/u.test(consumer)) return consumer
  throw new B00tError('USAGE', 'Cannot make a key: --consumer has a wrong name', {
    hint: 'Use 1 to 100 characters of any kind but control characters such as line breaks.',
  })
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
