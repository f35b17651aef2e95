import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CommandInput, Datum } from '#core'
import router from './index.ts'
import { hostAt, type Outcome, runServer } from './server-command-fixture.ts'
import { DEFAULTS } from './settings.ts'
import { keyVariables } from './soul.ts'
import { localUrl, routerEnvironment, serveArguments } from './surface.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'b00t-router-'))
  await writeFile(join(home, 'server-soul.tomllm'), '[soul]\n')
})
afterEach(() => rm(home, { recursive: true, force: true }))

const hostWith = (environment: Record<string, string> = {}) => hostAt(home, environment)

const datum: Datum = {
  ...{ key: 'router', name: 'router', type: 'router', hint: '', file: '/x/router.toml', hash: '' },
  ...{ autostart: true, dependsOn: [], table: { port: 6000 }, governance: {}, document: {} },
}

/** Runs `b00t server WORDS` for the scratch home. */
const server = (
  words: string,
  options: Record<string, unknown> = {},
  more: Partial<CommandInput> = {},
): Promise<Outcome> => runServer(words, { home, options, ...more })

const list = async () => JSON.parse((await server('key list', { json: true })).out.join(''))

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
    const plain = await server('explain', {}, { arguments: ['x'] })
    expect(plain.notes[0]).toContain('no router runs: this is what one started from this shell')
    expect(plain.out[0]).toBe('"x" would be served by near')
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
    expect(later).not.toContain('For a real model')
  })
})

describe('welcome() without a real model', () => {
  test('given no backend, names the soul and the variables that would bring one', async () => {
    const remote = '[[backends.remote]]\nname = "far"\nkey_env = "FAR"\nbase_url = "https://h/v1"\n'
    await writeFile(join(home, 'server-soul.tomllm'), remote)
    const lines = await router.welcome?.(hostWith(), [datum])
    expect(lines?.at(-1)).toBe(
      `For a real model: name your server in ${join(home, 'server-soul.tomllm')}, or set FAR before "up"`,
    )
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
