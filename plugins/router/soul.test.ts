import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DEFAULT_SOUL } from './default-soul.ts'
import { ensureSoul, parseSoul, soulFile } from './soul.ts'

describe('parseSoul()', () => {
  test('given the default soul, reads its backends', () => {
    const soul = parseSoul('s', DEFAULT_SOUL)
    expect(soul.local.map(({ name, port }) => [name, port])).toEqual([
      ['mistralrs', 8181],
      ['llama-cpp', 8080],
      ['vllm', 8000],
      ['vllm-2', 8001],
    ])
    expect(soul.remote[1]).toEqual({
      name: 'openrouter',
      keyEnv: 'OPENROUTER_API_KEY',
      baseUrl: 'https://openrouter.ai/api/v1',
    })
  })
})

describe('parseSoul() with an older file', () => {
  test('given a soul as older versions wrote it, reads it unchanged', () => {
    const text = `
[soul]
hostname = "box"
blessings = ["gpu"]
[[backends.local]]
name = "foundry-local"
port = 0
kind = "openai-compat"
enabled = true
max_concurrent = 1
models = [{ model_name = "phi-4-mini", formats = ["onnx"] }]
[[backends.local]]
name = "qwen3-embed"
port = 8003
kind = "embeddings"
models = []
[[backends.remote]]
name = "openai"
key_env = "OPENAI_API_KEY"
`
    expect(parseSoul('s', text)).toEqual({
      hostname: 'box',
      local: [
        {
          name: 'foundry-local',
          port: 0,
          kind: 'openai-compat',
          enabled: true,
          models: ['phi-4-mini'],
        },
        { name: 'qwen3-embed', port: 8003, kind: 'embeddings', enabled: true, models: [] },
      ],
      remote: [{ name: 'openai', keyEnv: 'OPENAI_API_KEY', baseUrl: 'https://api.openai.com/v1' }],
    })
  })
})

describe('parseSoul() with a wrong file', () => {
  test.each([
    ['[soul\n', { line: 1, column: 6 }, /not valid TOML/],
    ['[[backends.local]]\nname = "a"\nport = SM3LLY_PORT\n', { line: 3, column: 8 }, /TOML/],
    [
      '[[backends.local]]\nname = "a"\nport = 1\n\n[[ backends.local ]]\nname = "b"\n  port = 70000\n',
      { line: 7, column: 3 },
      /port of \[\[backends.local\]\] number 2/,
    ],
    ['[[backends.local]]\nport = 1\n', { line: 1, column: 1 }, /name of/],
    ['[[backends.local]]\nname = "a"\nport = 1\nkind = "chat"\n', { line: 4, column: 1 }, /kind/],
    ['[[backends.local]]\nname = "a"\nport = 1\nhost = "a b"\n', { line: 4, column: 1 }, /host/],
    ['[[backends.remote]]\nname = "a"\nkey_env = "A B"\n', { line: 3, column: 1 }, /key_env/],
    ['[[backends.remote]]\nname = "a"\nkey_env = "A"\n', { line: 1, column: 1 }, /base_url/],
    [
      '[[backends.remote]]\nname = "a"\nkey_env = "A"\nbase_url = "https://u:p@h/v1"\n',
      { line: 4, column: 1 },
      /base_url/,
    ],
  ])('given %j, refuses it with the place', (...[text, place, message]) => {
    expect(() => parseSoul('/s', text)).toThrow(
      expect.objectContaining({
        code: 'ROUTER_SOUL_INVALID',
        at: { file: '/s', ...place },
        message: expect.stringMatching(message),
      }),
    )
  })
})

describe('ensureSoul()', () => {
  test('given no soul, writes a private one, and never touches one that is there', async () => {
    const home = await mkdtemp(join(tmpdir(), 'b00t-soul-'))
    ensureSoul(home)
    expect(await readFile(soulFile(home), 'utf8')).toBe(DEFAULT_SOUL)
    expect((await stat(soulFile(home))).mode & 0o777).toBe(0o600)
    await writeFile(soulFile(home), 'broken [')
    ensureSoul(home)
    expect(await readFile(soulFile(home), 'utf8')).toBe('broken [')
    expect(await readdir(home)).toEqual(['server-soul.tomllm'])
    await rm(home, { recursive: true })
  })
})
