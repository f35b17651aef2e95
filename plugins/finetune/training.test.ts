import { describe, expect, test } from 'vitest'
import { SPECIALS } from './chatml.ts'
import { parseDataset } from './dataset.ts'
import { createModel, type LanguageModel, listParameters, noiseSource } from './language-model.ts'
import { createRandom } from './random.ts'
import { DATASET } from './recipe-fixture.ts'
import { createTokenizer } from './tokenizer.ts'
import { trainVocabulary } from './tokenizer-training.ts'
import { continueGreedily, countRecalled, rateAt, train } from './training.ts'

const conversations = parseDataset(DATASET, 'dataset.jsonl')
const vocabulary = trainVocabulary({ texts: [DATASET], size: 300, specials: SPECIALS })
const tokenizer = createTokenizer(vocabulary)

function makeModel(): LanguageModel {
  const sizes = { context: 64, width: 16, layers: 1, heads: 2, keyHeads: 1, hidden: 24 }
  const shape = { vocabulary: vocabulary.tokens.length, ...sizes }
  return createModel(shape, noiseSource(createRandom(1)))
}

const PLAN = { epochs: 120, batch: 3, learningRate: 0.02, warmupSteps: 5, varyQuestions: 0 }

function trainFor(epochs: number, seed: number): { model: LanguageModel; losses: number[] } {
  const model = makeModel()
  const plan = { ...PLAN, epochs, batch: 2 }
  const steps = [...train({ model, conversations, tokenizer, plan, seed })]
  return { model, losses: steps.map(({ loss }) => loss) }
}

describe('train()', () => {
  test('given the same seed, takes exactly the same steps', () => {
    const [left, right] = [trainFor(3, 5), trainFor(3, 5)]
    expect(left.losses).toEqual(right.losses)
    expect(left.losses).toHaveLength(6)
    const weights = [left, right].map(({ model }) =>
      listParameters(model).map(({ value }) => value.data),
    )
    expect(weights[0]).toEqual(weights[1])
  })

  test('given another seed, takes other steps', () => {
    expect(trainFor(3, 5).losses).not.toEqual(trainFor(3, 6).losses)
  })

  test('given enough epochs, learns the answers word for word and stops behind them', () => {
    const model = makeModel()
    const run = [...train({ model, conversations, tokenizer, plan: PLAN, seed: 1 })]
    expect(run[0]?.loss).toBeGreaterThan(5)
    expect(run.at(-1)?.loss).toBeLessThan(0.1)
    expect(countRecalled(model, conversations, tokenizer)).toBe(3)
    const prompt = tokenizer.encode('<|im_start|>user\nSmile<|im_end|>\n<|im_start|>assistant\n')
    const stop = tokenizer.numberOf('<|im_end|>') ?? -1
    const answer = continueGreedily(model, { prompt, limit: 40, stop })
    expect(tokenizer.decode(answer)).toBe('Café 🙂 and more.')
    expect(answer.at(-1)).toBe(stop)
  })
})

describe('continueGreedily()', () => {
  test('given a prompt that fills the context but for two tokens, adds two', () => {
    const prompt = Array.from({ length: 62 }, () => 65)
    expect(continueGreedily(makeModel(), { prompt, limit: 10 })).toHaveLength(2)
  })
})

describe('rateAt()', () => {
  test('given the warm-up and the time after it, rises in a line and falls to 2 %', () => {
    expect(rateAt(PLAN, 1, 105)).toBeCloseTo(0.004)
    expect(rateAt(PLAN, 5, 105)).toBeCloseTo(0.02)
    expect(rateAt(PLAN, 55, 105)).toBeCloseTo(0.0102)
    expect(rateAt(PLAN, 105, 105)).toBeCloseTo(0.0004)
  })
})
