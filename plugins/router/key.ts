import { createHash, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Role } from '#core'

/** One consumer key as it stands in `server-keys.json`; the token itself is never stored. */
export interface Key {
  readonly id: string
  readonly consumer: string
  /** First 12 characters of the token, to recognise it by. */
  readonly prefix: string
  /** SHA-256 of the token, hexadecimal. */
  readonly hash: string
  /** What its holder may do beside inference. */
  readonly role?: Role
  /** Globs of model names; absent: all. */
  readonly models?: readonly string[]
  /** Globs of paths below `/v1/`; absent: all. */
  readonly endpoints?: readonly string[]
  /** RFC 3339, like the two below. */
  readonly created: string
  readonly expires?: string
  readonly revoked?: string
}

/** Keys ready for look-up. */
export type KeySet = ReadonlyMap<string, { readonly key: Key; readonly digest: Buffer }>

/** Compared against when a token is unknown, so that every token takes the same path. */
const NOBODY = Buffer.alloc(32)

/** A fresh token: `b00t-sk-` and 128 random bits as 32 hexadecimal digits. */
export function mintToken(): string {
  return `b00t-sk-${randomBytes(16).toString('hex')}`
}

/** The stored form of a token. */
export function describeToken(token: string): Pick<Key, 'id' | 'prefix' | 'hash'> {
  const hash = createHash('sha256').update(token).digest('hex')
  return { id: `key_${hash.slice(0, 8)}`, prefix: token.slice(0, 12), hash }
}

/** Indexes keys by their hash. */
export function indexKeys(keys: readonly Key[]): KeySet {
  return new Map(keys.map((key) => [key.hash, { key, digest: Buffer.from(key.hash, 'hex') }]))
}

/** The valid key of a token at a moment, in milliseconds since the epoch. Takes constant time in the token. */
export function findKey(keys: KeySet, token: string, now: number): Key | undefined {
  const text = hash('sha256', token)
  const digest = Buffer.from(text, 'hex')
  const entry = keys.get(text)
  const same = timingSafeEqual(digest, entry?.digest ?? NOBODY)
  return same && entry !== undefined && isLive(entry.key, now) ? entry.key : undefined
}

/** Whether a key is neither revoked nor expired. */
function isLive(key: Key, now: number): boolean {
  return key.revoked === undefined && (key.expires === undefined || Date.parse(key.expires) > now)
}

/** What a key is at a moment, in milliseconds since the epoch. */
export function stateOfKey(key: Key, now: number): 'live' | 'revoked' | 'expired' {
  if (key.revoked !== undefined) return 'revoked'
  return isLive(key, now) ? 'live' : 'expired'
}

/** Whether a text matches one of the globs; `*` stands for any characters, `?` for one. No globs allow all. */
export function matchesGlobs(globs: readonly string[] | undefined, text: string): boolean {
  return globs === undefined || globs.some((glob) => globPattern(glob).test(text))
}

function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/\*+/g, '.*').replace(/\?/g, '.')}$`, 's')
}

/**
 * The token a request presents, from `Authorization: Bearer` or `x-api-key`.
 *
 * @param rawHeaders - names and values alternating, as Node gives them
 * @returns undefined if there is none, or if two of them differ
 */
export function readCredential(rawHeaders: readonly string[]): string | undefined {
  let token: string | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const presented = credentialOf(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '')
    if (presented === undefined) continue
    if (token !== undefined && token !== presented) return undefined
    token = presented
  }
  return token === '' ? undefined : token
}

function credentialOf(name: string, value: string): string | undefined {
  switch (name.toLowerCase()) {
    case 'authorization':
      return /^bearer +(\S+) *$/i.exec(value)?.[1] ?? ''
    case 'x-api-key':
      return value.trim()
    default:
      return undefined
  }
}
