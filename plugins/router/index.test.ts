import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CommandInput, Datum, Host } from '#core'
import router from './index.ts'
import { DEFAULTS } from './settings.ts'
import { keyVariables } from './soul.ts'
import { localUrl, routerEnvironment, serveArguments } from './surface.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'b00t-router-'))
  await writeFile(join(home, 'server-soul.tomllm'), '[soul]\n')
})
afterEach(() => rm(home, { recursive: true, force: true }))

function hostWith(environment: Record<string, string> = {}): Host {
  return { home, environment, datumFolders: [], emit: () => undefined }
}

const datum: Datum = {
  ...{ key: 'router', name: 'router', type: 'router', hint: '', file: '/x/router.toml', hash: '' },
  ...{ autostart: true, dependsOn: [], table: { port: 6000 }, governance: {}, document: {} },
}

interface Outcome {
  readonly code: number
  readonly out: readonly string[]
  readonly notes: readonly string[]
}

/** Runs `b00t server WORDS` the way the command line does. */
async function server(
  words: string,
  options: Record<string, unknown> = {},
  more: Partial<CommandInput> = {},
): Promise<Outcome> {
  const path = ['server', ...words.split(' ')]
  const command = router.commands?.find((one) => one.path.join() === path.join())
  const out: string[] = []
  const notes: string[] = []
  const code = await command?.run({
    host: hostWith(),
    arguments: [],
    options,
    print: (line) => out.push(line),
    note: (line) => notes.push(line),
    datums: async () => [],
    degraded: async () => [],
    signal: new AbortController().signal,
    ...more,
  })
  return { code: code ?? -1, out, notes }
}

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
  ])('given create with %j, fails with USAGE and makes no key', async (options) => {
    await expect(server('key create', options)).rejects.toMatchObject({ code: 'USAGE' })
    expect(await list()).toEqual([])
  })
})

describe('server key revoke and rotate', () => {
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
    expect((await server('key list')).out[0]).toContain('last used 2026-02-01')
  })
})

describe('server spotlight', () => {
  const line = (more: object) =>
    `${JSON.stringify({ ts: new Date().toISOString(), event: 'e', consumer: 'c', status: 200, end: 'ok', latency_ms: 4, ...more })}\n`

  test('given query, sums up what is recent enough', async () => {
    await writeFile(
      join(home, 'spotlight.jsonl'),
      line({}) + line({ consumer: 'd' }) + line({ ts: '2020-01-01T00:00:00Z' }),
    )
    const { out } = await server('spotlight query', { since: '1d', by: 'consumer', json: true })
    const { groups } = JSON.parse(out.join(''))
    expect(groups.map(({ name, requests }: Record<string, unknown>) => [name, requests])).toEqual([
      ['c', 1],
      ['d', 1],
    ])
    expect((await server('spotlight query')).out[0]).toMatch(/^consumer +requests/)
    await expect(server('spotlight query', { by: 'day' })).rejects.toMatchObject({ code: 'USAGE' })
  })

  test('given tail, prints new lines until it is stopped', async () => {
    const file = join(home, 'spotlight.jsonl')
    await writeFile(file, line({ model: 'old' }))
    const stop = new AbortController()
    const printed: string[] = []
    const tailing = server(
      'spotlight tail',
      {},
      {
        signal: stop.signal,
        print: (text) => printed.push(text),
      },
    )
    const text = line({ model: 'new' })
    while (printed.length === 0) {
      await appendFile(file, text)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    stop.abort()
    expect((await tailing).code).toBe(0)
    expect(printed[0]).toBe(text.trimEnd())
  })
})

/** A backend in the soul of the scratch home that lists one model, `it's`. */
async function startBackend(): Promise<AsyncDisposable & { readonly url: string }> {
  const backend = createServer((_, response) => response.end('{"data":[{"id":"it\'s"}]}'))
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const { port } = backend.address() as AddressInfo
  const soul = `[[backends.local]]\nname = "near"\nport = ${port}\n`
  await writeFile(join(home, 'server-soul.tomllm'), soul)
  return {
    url: `http://127.0.0.1:${port}/v1`,
    async [Symbol.asyncDispose]() {
      backend.closeAllConnections()
      await new Promise((resolve) => backend.close(resolve))
    },
  }
}

describe('server explain', () => {
  test('given a model, says who would serve it and why', async () => {
    await using backend = await startBackend()
    const { code, out } = await server('explain', { json: true }, { arguments: ["it's"] })
    expect(code).toBe(0)
    expect(JSON.parse(out.join(''))).toEqual({
      model: "it's",
      chosen: 'near',
      endpoints: [
        {
          name: 'near',
          rank: 'local',
          url: backend.url,
          verdict: 'chosen',
          reason: 'first in order that lists "it\'s"',
        },
      ],
    })
    expect((await server('explain', {}, { arguments: ['x'] })).out[0]).toBe(
      '"x" would be served by near',
    )
  })
})

describe('welcome()', () => {
  test('given a first start, shows a key and a command with it; later, a command that makes one', async () => {
    await using _ = await startBackend()
    const first = (await router.welcome?.(hostWith(), [datum]))?.join('\n') ?? ''
    const [token = ''] = /b00t-sk-[0-9a-f]{32}/.exec(first) ?? []
    expect(first.split(token)).toHaveLength(3)
    expect(first).toContain('http://127.0.0.1:6000/v1/chat/completions')
    expect(first).toContain(`"model":"it'\\''s"`)
    const later =
      (await router.welcome?.(hostWith({ B00T_HOME: '/a b' }), [datum]))?.join('\n') ?? ''
    expect(later).not.toMatch(/b00t-sk-/)
    expect(later).toContain(
      "$(B00T_HOME='/a b' b00t server key create --consumer curl --expires 1d)",
    )
    expect(await list()).toHaveLength(1)
  })
})

describe('the surface of a router', () => {
  test('given a table, starts the router with it', () => {
    const table = { ...DEFAULTS, hosts: ['box.lan'] }
    expect(serveArguments('/h', table).join(' ')).toBe(
      '--home /h --host 127.0.0.1 --port 5273 --allow-host box.lan --max-body-bytes 67108864 --drain-timeout-s 30',
    )
  })

  test('given an environment, passes the override and what may be a backend key, nothing else', () => {
    const environment = {
      ...{ PATH: '/bin', AWS_PROFILE: 'x', HTTPS_PROXY: 'x', MY_SECRET: 'mine', TOKEN: 'x' },
      ...{ OPENAI_API_KEY: 'k', HF_TOKEN: 't', lab_KEY: 'l' },
      ...{ B00T_SERVER_UPSTREAM_URL: 'u', B00T_SERVER_UPSTREAM_KEY: 'v' },
    }
    expect(routerEnvironment(environment, ['MY_SECRET'])).toEqual({
      ...{ MY_SECRET: 'mine', OPENAI_API_KEY: 'k', HF_TOKEN: 't', lab_KEY: 'l' },
      ...{ B00T_SERVER_UPSTREAM_URL: 'u', B00T_SERVER_UPSTREAM_KEY: 'v' },
    })
  })

  test('given a soul with inline tables, passes the variables that it names', async () => {
    const entry = '{ name = "hf", key_env = "HF", base_url = "https://h/v1" }'
    await writeFile(join(home, 'server-soul.tomllm'), `[backends]\nremote = [${entry}]\n`)
    expect(routerEnvironment({ HF: 'mine', PATH: '/bin' }, keyVariables(home))).toEqual({
      HF: 'mine',
    })
    expect(keyVariables('/nowhere')).toEqual([])
  })

  test('given a wildcard or IPv6 address, knows where to reach it', () => {
    expect(localUrl({ host: '0.0.0.0', port: 1 })).toBe('http://127.0.0.1:1')
    expect(localUrl({ host: '::', port: 1 })).toBe('http://[::1]:1')
    expect(localUrl({ host: '::1', port: 1 })).toBe('http://[::1]:1')
  })
})
