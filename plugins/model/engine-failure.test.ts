import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadEngine } from './engine.ts'
import { checkModelFile } from './gguf-check.ts'
import { makeFolder, SM0L } from './server-fixture.ts'

// A file of its own, so a process of its own: once llama.cpp was loaded and disposed of, its log stays silent.
test('given an architecture that llama.cpp does not know, loadEngine() gives its reason', async () => {
  const { head } = checkModelFile(SM0L)
  if (head === undefined) throw new Error('sm0l cannot be read')
  using folder = makeFolder()
  const path = join(folder.path, 'other.gguf')
  const bytes = readFileSync(SM0L)
  bytes.write('other', bytes.indexOf('llama'))
  writeFileSync(path, bytes)
  const loading = loadEngine({ path, head, context: 64, threads: undefined, parallel: 1 })
  await expect(loading).rejects.toMatchObject({
    code: 'MODEL_LOAD',
    message: expect.stringContaining("unknown model architecture: 'other'"),
  })
})
