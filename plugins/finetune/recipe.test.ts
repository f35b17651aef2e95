import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readHashed, readRecipe } from './recipe.ts'
import { makeRecipe, readDatum } from './recipe-fixture.ts'

/** What a recipe means that only names its dataset and its output. */
const filledIn = (folder: string): object => ({
  name: 'short',
  seed: 1,
  dataset: join(folder, 'd.jsonl'),
  shape: {
    vocabulary: 768,
    context: 256,
    width: 128,
    layers: 2,
    heads: 4,
    keyHeads: 2,
    hidden: 256,
  },
  training: { epochs: 60, batch: 8, learningRate: 0.003, warmupSteps: 20, varyQuestions: 0 },
  output: {
    path: join(folder, 'm.gguf'),
    name: 'short',
    description: 'A short one',
    weights: 'f16',
    chatTemplate: 'chatml',
  },
})

describe('readRecipe()', () => {
  test('given a recipe with only what is required, fills in the rest', () => {
    using folder = makeRecipe()
    const file = join(folder.path, 'short.finetune.toml')
    const table = '[b00t.finetune]\ndataset = "d.jsonl"\noutput = { path = "m.gguf" }\n'
    writeFileSync(file, `[b00t]\nname = "short"\nhint = "A short one"\n${table}`)
    const { hash, ...recipe } = readRecipe(readDatum(file))
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(recipe).toEqual(filledIn(folder.path))
  })

  test('given a job for another trainer, accepts the file and says that it is not run here', () => {
    using folder = makeRecipe()
    const file = join(folder.path, 'job.finetune.toml')
    writeFileSync(
      file,
      [
        '[job]\nid = "qwen-docs"\nbase_model = "qwen"\nframework = "unsloth"',
        '[dataset]\ngenerate = "docs"',
        '[target]\nkind = "hive"\ntimeout_hours = 4',
        '[output]\ndatum = "qwen-docs.model"\nstorage = "local"\n',
      ].join('\n'),
    )
    expect(() => readRecipe(readDatum(file))).toThrow(
      expect.objectContaining({ code: 'FINETUNE_NOT_OURS' }),
    )
  })

  test.each([
    ['a width that heads do not divide', { 'width = 16': 'width = 15' }],
    ['an odd width per head', { 'width = 16': 'width = 6' }],
    ['heads that key_heads do not divide', { 'key_heads = 1': 'key_heads = 3' }],
  ])('given %s, fails with FINETUNE_SHAPE', (_, changes) => {
    using folder = makeRecipe(changes as unknown as Record<string, string>)
    expect(() => readRecipe(folder.recipe)).toThrow(
      expect.objectContaining({ code: 'FINETUNE_SHAPE' }),
    )
  })
})

describe('readHashed()', () => {
  test('given a file that is gone, fails with FINETUNE_UNREADABLE', () => {
    using folder = makeRecipe()
    rmSync(join(folder.path, 'dataset.jsonl'))
    expect(() => readHashed(join(folder.path, 'dataset.jsonl'))).toThrow(
      expect.objectContaining({ code: 'FINETUNE_UNREADABLE' }),
    )
  })
})
