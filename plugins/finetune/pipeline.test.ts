import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runFinetune } from './command.ts'
import { parseDataset } from './dataset.ts'
import { listParameters } from './language-model.ts'
import { decodeModel, encodeModel } from './model-file.ts'
import { checkParity } from './parity.ts'
import { makeProbes, type RunEvent, runRecipe } from './pipeline.ts'
import { readRecipe } from './recipe.ts'
import { DATASET, makeRecipe, recordInput } from './recipe-fixture.ts'

const quiet = { signal: new AbortController().signal, report: () => undefined }

describe('runRecipe()', () => {
  test('given the same recipe and dataset, writes the same bytes, and llama.cpp agrees with them', async () => {
    using folder = makeRecipe()
    const recipe = readRecipe(folder.recipe)
    const first = await runRecipe(recipe, quiet)
    const bytes = readFileSync(recipe.output.path)
    await runRecipe(recipe, quiet)
    expect(readFileSync(recipe.output.path).equals(bytes)).toBe(true)
    expect(first).toMatchObject({ conversations: 3, bytes: bytes.length })
    expect(first.parity.prompts).toBe(3)
    expect(first.parity.sameTokens).toBe(first.parity.tokens)
    expect(readdirSync(dirname(recipe.output.path))).toEqual(['tiny.gguf'])
  })

  test('given half-precision weights, writes a smaller file that llama.cpp agrees with', async () => {
    using folder = makeRecipe({ '"f32"': '"f16"' })
    const result = await runRecipe(readRecipe(folder.recipe), quiet)
    expect(result.parity.sameTokens).toBe(result.parity.tokens)
    expect(result.bytes).toBeLessThan(result.parameters * 4)
  })

  test('given an end signal while training, stops and keeps the file that was there', async () => {
    using folder = makeRecipe()
    const recipe = readRecipe(folder.recipe)
    mkdirSync(dirname(recipe.output.path))
    writeFileSync(recipe.output.path, 'before')
    const ending = new AbortController()
    const report = (event: RunEvent): void => {
      if (event.event === 'step') ending.abort()
    }
    await expect(runRecipe(recipe, { signal: ending.signal, report })).rejects.toMatchObject({
      code: 'FINETUNE_STOPPED',
    })
    expect(readFileSync(recipe.output.path, 'utf8')).toBe('before')
  })

  test('given a conversation longer than the context, names it before training', async () => {
    using folder = makeRecipe({ 'context = 64': 'context = 16' })
    const recipe = readRecipe(folder.recipe)
    await expect(runRecipe(recipe, quiet)).rejects.toMatchObject({ code: 'FINETUNE_TOO_LONG' })
    expect(existsSync(recipe.output.path)).toBe(false)
  })

  test('given a file in the place of the output folder, says that it cannot write', async () => {
    using folder = makeRecipe({ 'epochs = 4': 'epochs = 1' })
    writeFileSync(join(folder.path, 'out'), '')
    const running = runRecipe(readRecipe(folder.recipe), quiet)
    await expect(running).rejects.toMatchObject({ code: 'FINETUNE_WRITE' })
  })
})

describe('checkParity()', () => {
  test('given a file whose weights stand in another order, finds other tokens', async () => {
    using folder = makeRecipe({ 'epochs = 4': 'epochs = 60' })
    const recipe = readRecipe(folder.recipe)
    await runRecipe(recipe, quiet)
    const bytes = readFileSync(recipe.output.path)
    const probes = makeProbes(bytes, { conversations: parseDataset(DATASET, 'd') })
    const trained = decodeModel(bytes)
    for (const { name, value } of listParameters(trained.model)) {
      if (name.endsWith('attn_v.weight')) value.data.reverse()
    }
    const path = join(folder.path, 'wrong.gguf')
    const card = { name: 'x', description: '', chatTemplate: 'chatml', weights: 'f32' } as const
    writeFileSync(path, encodeModel(trained, { ...card, recipeHash: '', datasetHash: '' }))
    const report = await checkParity(path, probes)
    expect(report.samePrompts).toBe(report.prompts)
    expect(report.sameTokens).toBeLessThan(report.tokens)
  })
})

describe('runFinetune()', () => {
  test('given the name of a recipe, prints the result and notes the progress as JSON', async () => {
    using folder = makeRecipe()
    const input = recordInput('tiny', [folder.recipe], { json: true })
    expect(await runFinetune(input)).toBe(0)
    expect(JSON.parse(input.printed.join(''))).toMatchObject({
      path: join(folder.path, 'out/tiny.gguf'),
      conversations: 3,
    })
    const events = input.noted.map((line) => JSON.parse(line).event)
    expect(events.at(0)).toBe('start')
    expect(events.at(-1)).toBe('verify')
    expect(events).toContain('step')
  })

  test('given the path of a recipe, prints lines for a person', async () => {
    using folder = makeRecipe()
    const input = recordInput(folder.recipe.file, [folder.recipe])
    await runFinetune(input)
    expect(input.printed.join('\n')).toContain('conversations word for word')
  })

  test('given an unknown name, lists the known recipes', async () => {
    using folder = makeRecipe()
    await expect(runFinetune(recordInput('other', [folder.recipe]))).rejects.toMatchObject({
      code: 'FINETUNE_RECIPE',
      message: 'Cannot train "other": no recipe has this name',
      hint: 'Name one of: tiny.finetune.toml.',
    })
  })

  test('given a name that two recipes have, lists them', async () => {
    using folder = makeRecipe()
    const twice = [folder.recipe, { ...folder.recipe, file: '/other/second.finetune.toml' }]
    await expect(runFinetune(recordInput('tiny', twice))).rejects.toMatchObject({
      message: 'Cannot train "tiny": several recipes have this name',
      hint: 'Name one of: tiny.finetune.toml, second.finetune.toml.',
    })
  })

  test.each(['tiny', 'tiny.finetune', '/recipes/tiny.finetune.toml'])(
    'given %s, a recipe that cannot be used, tells what is wrong with it and where',
    async (wanted) => {
      const at = { file: '/recipes/tiny.finetune.toml', line: 10, column: 1 }
      const problem = { severity: 'error', code: 'DATUM_UNKNOWN_KEY', message: 'x', at } as const
      const degraded = [
        { key: 'tiny.finetune', file: at.file, problems: [problem] },
        { key: 'tinier.finetune', file: '/recipes/tinier.finetune.toml', problems: [problem] },
      ]
      const input = { ...recordInput(wanted, []), degraded: async () => degraded }
      await expect(runFinetune(input)).rejects.toMatchObject({
        code: 'FINETUNE_RECIPE',
        problems: [problem],
      })
    },
  )

  test('given a file outside the folders of datums, says where it should be', async () => {
    await expect(runFinetune(recordInput(import.meta.filename, []))).rejects.toMatchObject({
      message: expect.stringContaining('the file lies in no folder of datums'),
    })
  })
})
