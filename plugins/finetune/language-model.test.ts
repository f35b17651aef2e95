import { describe, expect, test } from 'vitest'
import {
  accumulateGradients,
  type Batch,
  computeScores,
  createModel,
  type LanguageModel,
  listParameters,
  noiseSource,
} from './language-model.ts'
import { createRandom } from './random.ts'

const SHAPE = {
  vocabulary: 37,
  context: 16,
  width: 12,
  layers: 2,
  heads: 3,
  keyHeads: 1,
  hidden: 20,
}

/** Two sequences of 5 and 8 tokens; some of their tokens are not to be learnt. */
const BATCH: Batch = {
  tokens: Int32Array.from({ length: 13 }, (_, index) => (index * 7 + 5) % 37),
  targets: Int32Array.from({ length: 13 }, (_, index) =>
    index % 4 === 0 ? -1 : (index * 11 + 3) % 37,
  ),
  starts: [0, 5, 13],
}

/** Weights large enough that every part of the model changes the loss measurably. */
function makeModel(): LanguageModel {
  const model = createModel(SHAPE, noiseSource(createRandom(1)))
  for (const { value } of listParameters(model)) {
    if (value.rows > 1) value.data.set(value.data.map((weight) => weight * 10))
  }
  return model
}

describe('accumulateGradients()', () => {
  test('given any weight, computes the slope that small steps of that weight show', () => {
    const model = makeModel()
    accumulateGradients(model, BATCH)
    const parameters = listParameters(model)
    const gradients = parameters.map(({ gradient }) => gradient.data.slice())
    const errors = parameters.flatMap((parameter, place) =>
      [0, 1, 2].map((draw) => {
        const index = (draw * 7_919 + 13) % parameter.value.data.length
        const slope = measureSlope(model, parameter.value.data, index)
        const computed = gradients[place]?.[index] ?? Number.NaN
        return Math.abs(slope - computed) / (Math.abs(slope) + Math.abs(computed) + 1e-3)
      }),
    )
    expect(errors).toHaveLength(3 * parameters.length)
    expect(Math.max(...errors)).toBeLessThan(0.01)
  })

  test('given a batch in which nothing is to be learnt, gives loss 0 and no gradient', () => {
    const model = makeModel()
    const loss = accumulateGradients(model, { ...BATCH, targets: BATCH.targets.map(() => -1) })
    expect(loss).toBe(0)
    expect(listParameters(model).every(({ gradient }) => gradient.data.every((g) => g === 0))).toBe(
      true,
    )
  })
})

function measureSlope(model: LanguageModel, weights: Float32Array, index: number): number {
  const step = 0.01
  const before = weights[index] as number
  const [above, below] = [before + step, before - step].map((weight) => {
    weights[index] = weight
    return accumulateGradients(model, BATCH)
  }) as [number, number]
  weights[index] = before
  return (above - below) / (2 * step)
}

describe('computeScores()', () => {
  test('given sequences behind one another, scores each as if it were alone', () => {
    const model = makeModel()
    const together = computeScores(model, BATCH)
    const alone = computeScores(model, { tokens: BATCH.tokens.slice(5), starts: [0, 8] })
    const apart = together.data
      .slice(5 * SHAPE.vocabulary)
      .map((score, index) => Math.abs(score - (alone.data[index] as number)))
    expect(Math.max(...apart)).toBeLessThan(1e-4)
  })

  test('given a later token changed, keeps the scores before it', () => {
    const model = makeModel()
    const changed = BATCH.tokens.with(12, 1)
    const before = computeScores(model, BATCH).data.slice(0, 12 * SHAPE.vocabulary)
    const after = computeScores(model, { tokens: changed, starts: BATCH.starts })
    expect(after.data.slice(0, 12 * SHAPE.vocabulary)).toEqual(before)
  })
})
