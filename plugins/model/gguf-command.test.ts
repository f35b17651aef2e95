import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CommandInput } from '#core'
import { inspectFile, verifyFile } from './gguf-command.ts'
import { makeFolder, SM0L } from './server-fixture.ts'

interface Recorded extends CommandInput {
  readonly printed: string[]
  readonly noted: string[]
}

function record(file: string, options: Readonly<Record<string, unknown>> = {}): Recorded {
  const [printed, noted]: [string[], string[]] = [[], []]
  return {
    host: { home: tmpdir(), environment: {}, datumFolders: [], emit: () => undefined },
    arguments: [file],
    options,
    print: (line) => printed.push(line),
    note: (line) => noted.push(line),
    datums: async () => [],
    degraded: async () => [],
    signal: new AbortController().signal,
    printed,
    noted,
  }
}

function cutSm0l(folder: string): string {
  const file = join(folder, 'cut.gguf')
  writeFileSync(file, readFileSync(SM0L).subarray(0, 500_000))
  return file
}

describe('verifyFile()', () => {
  test('given a good file, says so', async () => {
    const input = record(SM0L)
    expect(await verifyFile(input)).toBe(0)
    const { size } = statSync(SM0L)
    expect(input.printed).toEqual([`${SM0L} can be served: 29 tensors, ${size} bytes`])
  })

  test('given a file that was cut off, fails with its code and place', async () => {
    using folder = makeFolder()
    const file = cutSm0l(folder.path)
    await expect(verifyFile(record(file))).rejects.toMatchObject({
      code: 'MODEL_FILE_TRUNCATED',
      at: { file },
    })
  })

  test('given --json, prints one document and ends with 1 for a bad file', async () => {
    using folder = makeFolder()
    const file = cutSm0l(folder.path)
    const input = record(file, { json: true })
    expect(await verifyFile(input)).toBe(1)
    expect(JSON.parse(input.printed.join(''))).toMatchObject({
      file,
      ok: false,
      problems: [{ code: 'MODEL_FILE_TRUNCATED' }],
    })
  })
})

describe('inspectFile()', () => {
  test('given a good file, shows its keys and tensors', async () => {
    const input = record(SM0L)
    expect(await inspectFile(input)).toBe(0)
    const lines = input.printed.join('\n').split('\n')
    expect(lines).toContain('general.name = "sm0l"')
    expect(lines).toContain('tokenizer.ggml.tokens = {"entries":768}')
    expect(lines).toContain('blk.0.attn_k.weight  F16  128 × 64')
    expect(input.noted).toEqual([])
  })

  test('given --json, prints one document', async () => {
    const input = record(SM0L, { json: true })
    await inspectFile(input)
    expect(JSON.parse(input.printed.join(''))).toMatchObject({
      bytes: statSync(SM0L).size,
      metadata: { 'general.architecture': 'llama' },
    })
  })

  test('given a file that was cut off, shows what is there and notes the problem', async () => {
    using folder = makeFolder()
    const input = record(cutSm0l(folder.path))
    expect(await inspectFile(input)).toBe(0)
    expect(input.noted).toEqual([expect.stringContaining('MODEL_FILE_TRUNCATED')])
  })
})
