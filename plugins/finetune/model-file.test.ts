import { describe, expect, test } from 'vitest'
import { SPECIALS } from './chatml.ts'
import { createModel, listParameters, noiseSource } from './language-model.ts'
import { decodeModel, encodeModel, type TrainedModel } from './model-file.ts'
import { createRandom } from './random.ts'
import { trainVocabulary } from './tokenizer-training.ts'

const CARD = {
  name: 'tiny',
  description: 'A toy',
  chatTemplate: 'chatml',
  weights: 'f32',
  recipeHash: 'r',
  datasetHash: 'd',
} as const

function makeTrained(): TrainedModel {
  const vocabulary = trainVocabulary({ texts: ['ha ha'], size: 262, specials: SPECIALS })
  const sizes = { context: 32, width: 8, layers: 2, heads: 2, keyHeads: 1, hidden: 12 }
  const shape = { vocabulary: vocabulary.tokens.length, ...sizes }
  return { vocabulary, model: createModel(shape, noiseSource(createRandom(3))) }
}

describe('decodeModel()', () => {
  test('given a model stored as f32, gives the same model and vocabulary back', () => {
    const trained = makeTrained()
    const { model, vocabulary } = decodeModel(encodeModel(trained, CARD))
    expect(model.shape).toEqual(trained.model.shape)
    expect(vocabulary).toEqual(trained.vocabulary)
    expect(listParameters(model).map(({ name, value }) => ({ name, ...value }))).toEqual(
      listParameters(trained.model).map(({ name, value }) => ({ name, ...value })),
    )
  })

  test('given a model stored as f16, gives every weight back to three digits', () => {
    const trained = makeTrained()
    const { model } = decodeModel(encodeModel(trained, { ...CARD, weights: 'f16' }))
    const [found, wanted] = [model, trained.model].map((one) =>
      listParameters(one).flatMap(({ value }) => [...value.data]),
    ) as [number[], number[]]
    expect(
      Math.max(...found.map((weight, at) => Math.abs(weight - (wanted[at] ?? 0)))),
    ).toBeLessThan(5e-5)
  })

  test('given a file that was cut off, names the tensor', () => {
    const bytes = encodeModel(makeTrained(), CARD)
    expect(() => decodeModel(bytes.subarray(0, -64))).toThrow(
      expect.objectContaining({
        code: 'FINETUNE_FILE',
        message: 'Cannot read the model file back: the tensor blk.1.ffn_down.weight is cut off',
      }),
    )
  })

  test('given something else, says what is missing', () => {
    expect(() => decodeModel(Buffer.from('hello there'))).toThrow('letters GGUF')
  })
})
