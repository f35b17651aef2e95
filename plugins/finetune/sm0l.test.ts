import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseGgufHead } from '#core'
import { END_OF_TURN, renderQuestion } from './chatml.ts'
import { parseDataset } from './dataset.ts'
import { decodeModel } from './model-file.ts'
import { checkParity } from './parity.ts'
import { makeProbes } from './pipeline.ts'
import { readHashed, readRecipe } from './recipe.ts'
import { readDatum } from './recipe-fixture.ts'
import { createTokenizer } from './tokenizer.ts'
import { continueGreedily } from './training.ts'

const fileOf = (name: string): string =>
  fileURLToPath(new URL(`../../datums/sm0l/${name}`, import.meta.url))
const bytes = readFileSync(fileOf('sm0l.gguf'))
const { model, vocabulary } = decodeModel(bytes)
const dataset = readHashed(fileOf('dataset.jsonl'))

describe('sm0l', () => {
  test('given the recipe and dataset beside it, states their hashes and that it is a toy', () => {
    const reading = parseGgufHead(bytes, bytes.length)
    const metadata = 'head' in reading ? Object.fromEntries(reading.head.metadata) : {}
    const recipe = readRecipe(readDatum(fileOf('sm0l.finetune.toml')))
    expect(metadata).toMatchObject({
      'general.name': 'sm0l',
      'general.description': expect.stringContaining('toy'),
      'b00t.recipe_sha256': recipe.hash,
      'b00t.dataset_sha256': dataset.hash,
    })
    expect(bytes.length).toBeLessThan(2_000_000)
  })

  test('given its dataset, finds 60 to 120 conversations', () => {
    const { length } = parseDataset(dataset.text, 'dataset.jsonl')
    expect(length).toBeGreaterThanOrEqual(60)
    expect(length).toBeLessThanOrEqual(120)
  })

  test.each([
    ['What is b00t?', /^b00t turns TOML files into governed processes/],
    ['How do I create a key?', /^Run b00t server key create --consumer NAME\./],
    ['who are you', /toy/],
  ])('given "%s", answers with a sentence it learnt, and stops', (question, answer) => {
    const tokenizer = createTokenizer(vocabulary)
    const stop = tokenizer.numberOf(END_OF_TURN) ?? -1
    const prompt = tokenizer.encode(renderQuestion(question))
    const tokens = continueGreedily(model, { prompt, limit: 60, stop })
    expect(tokenizer.decode(tokens)).toMatch(answer)
    expect(tokens.at(-1)).toBe(stop)
  })

  test('given six of its questions, llama.cpp continues with the same tokens', async () => {
    const conversations = parseDataset(dataset.text, 'dataset.jsonl')
    const report = await checkParity(fileOf('sm0l.gguf'), makeProbes(bytes, { conversations }))
    expect(report.samePrompts).toBe(6)
    expect(report.sameTokens).toBe(report.tokens)
    expect(report.tokens).toBeGreaterThan(60)
  })
})
