import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CommandInput } from '#core'
import { type Outcome, runServer } from './server-command-fixture.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'b00t-router-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** Runs `b00t server WORDS` for the scratch home. */
const server = (
  words: string,
  options: Record<string, unknown> = {},
  more: Partial<CommandInput> = {},
): Promise<Outcome> => runServer(words, { home, options, ...more })

const list = async () => JSON.parse((await server('key list', { json: true })).out.join(''))

describe('server key', () => {
  test('given create, prints the token alone and stores only its hash', async () => {
    const made = await server('key create', {
      consumer: 'me',
      role: 'auditor',
      models: 'a*, b',
      expires: '30d',
    })
    expect(made.code).toBe(0)
    expect(made.out).toEqual([expect.stringMatching(/^b00t-sk-[0-9a-f]{32}$/)])
    expect(made.notes.join()).not.toContain(made.out[0])
    expect(await readFile(join(home, 'server-keys.json'), 'utf8')).not.toContain(made.out[0])
    const [key] = await list()
    expect(key).toMatchObject({
      ...{ consumer: 'me', role: 'viewer', models: ['a*', 'b'], last_used: null, revoked: null },
      prefix: made.out[0]?.slice(0, 12),
    })
    expect(Date.parse(key.expires) - Date.parse(key.created)).toBe(30 * 86_400_000)
  })

  test.each([
    { consumer: ' ' },
    { consumer: 'a', role: 'king' },
    { consumer: 'a', models: 'a,,b' },
    { consumer: 'a', expires: 'soon' },
    { consumer: 'a', expires: '0s' },
    { consumer: 'a\nb' },
  ])('given create with %j, fails with USAGE and makes no key', async (options) => {
    await expect(server('key create', options)).rejects.toMatchObject({ code: 'USAGE' })
    expect(await list()).toEqual([])
  })
})

describe('server key create --json', () => {
  test('given it, prints one document with the token and without the hash', async () => {
    const { out, notes } = await server('key create', { consumer: 'me', json: true })
    const { token, ...rest } = JSON.parse(out.join(''))
    expect(token).toMatch(/^b00t-sk-[0-9a-f]{32}$/)
    expect(rest).toMatchObject({ id: (await list())[0].id, consumer: 'me' })
    expect([rest.hash, notes]).toEqual([undefined, []])
  })
})

describe('server key revoke and rotate', () => {
  test('given revoke with a token, ends its key; given it again, says so without the token', async () => {
    const [token = ''] = (await server('key create', { consumer: 'me' })).out
    const { notes } = await server('key revoke', {}, { arguments: [token] })
    expect((await list())[0].revoked).toEqual(expect.any(String))
    expect(notes.join()).not.toContain(token)
    for (const [wrong, why] of [
      [token, 'it is revoked'],
      ['b00t-sk-other', 'it is unknown'],
    ]) {
      const error = await server('key revoke', {}, { arguments: [wrong ?? ''] }).catch((e) => e)
      expect(error.message).toContain(why)
      expect(error.message).not.toContain('b00t-sk')
    }
  })

  test('given revoke, ends the key; given it again or an unknown id, fails', async () => {
    await server('key create', { consumer: 'me' })
    const [{ id }] = await list()
    expect((await server('key revoke', {}, { arguments: [id] })).code).toBe(0)
    expect((await list())[0].revoked).toEqual(expect.any(String))
    for (const wrong of [id, 'key_none']) {
      await expect(server('key revoke', {}, { arguments: [wrong] })).rejects.toMatchObject({
        code: 'ROUTER_KEY_UNKNOWN',
      })
    }
  })

  test('given rotate, makes a key with the same rights and ends the old one', async () => {
    await server('key create', { consumer: 'me', models: 'a*', expires: '10d' })
    const [{ id }] = await list()
    const rotated = await server('key rotate', { grace: '1h' }, { arguments: [id] })
    expect(rotated.out).toEqual([expect.stringMatching(/^b00t-sk-/)])
    const [old, next] = await list()
    expect(Date.parse(old.expires)).toBeLessThanOrEqual(Date.now() + 3_600_000)
    expect(next).toMatchObject({ consumer: 'me', models: ['a*'], revoked: null })
    expect(Date.parse(next.expires) - Date.parse(next.created)).toBe(10 * 86_400_000)
    await server('key rotate', {}, { arguments: [next.id] })
    expect((await list())[1].revoked).toEqual(expect.any(String))
  })
})

describe('server key list', () => {
  test('given list, shows when a key was last used', async () => {
    await server('key create', { consumer: 'me' })
    const [{ id }] = await list()
    const line = (ts: string) => `${JSON.stringify({ ts, event: 'e', key_id: id })}\n`
    await writeFile(
      join(home, 'spotlight.jsonl'),
      `${line('2026-01-01T00:00:00Z')}junk\n${line('2026-02-01T00:00:00Z')}`,
    )
    expect((await list())[0].last_used).toBe('2026-02-01T00:00:00Z')
    const [header = '', row = ''] = (await server('key list')).out
    expect(row.slice(header.indexOf('LAST USED'))).toMatch(/^2026-02-01/)
    expect(row.slice(header.indexOf('STATE'))).toMatch(/^live /)
  })
})
