import { type Block, type BlockContext, backwardBlock, forwardBlock } from './block.ts'
import { backwardLinear } from './feed-forward.ts'
import { type Matrix, multiplyTransposed, zeros, zerosLike } from './matrix.ts'
import { backwardNorm, forwardNorm } from './norm.ts'
import { createNoise, createOnes, type Parameter } from './parameter.ts'
import type { Random } from './random.ts'
import { createRope, type RopeTable } from './rope.ts'

/** Size of a llama-architecture model whose output layer is its embedding. All are whole numbers, 1 or more. */
export interface ModelShape {
  readonly vocabulary: number
  /** Longest sequence, in tokens. */
  readonly context: number
  /** Entries per token; divisible by `heads`. */
  readonly width: number
  readonly layers: number
  readonly heads: number
  /** Heads of keys and values; divides `heads`. */
  readonly keyHeads: number
  /** Entries inside the feed-forward part. */
  readonly hidden: number
}

/** A model in memory. */
export interface LanguageModel {
  readonly shape: ModelShape
  /** vocabulary × width; also the output layer. */
  readonly embedding: Parameter
  readonly blocks: readonly Block[]
  readonly norm: Parameter
  readonly rope: RopeTable
}

/** Several sequences behind one another, without padding. */
export interface Batch {
  readonly tokens: Int32Array
  /** The token that should follow each row, or -1 where nothing is to be learnt. */
  readonly targets: Int32Array
  /** First row of each sequence, and at the end the number of rows. */
  readonly starts: readonly number[]
}

/** Where a model's weights come from: noise at the start of a training, a file afterwards. */
export interface WeightSource {
  matrix(name: string, rows: number, columns: number): Parameter
  scale(name: string, length: number): Parameter
}

/** Weights for the start of a training. */
export function noiseSource(random: Random): WeightSource {
  return {
    matrix: (name, rows, columns) =>
      createNoise(name, zeros(rows, columns), { random, deviation: 0.02 }),
    scale: createOnes,
  }
}

/** Builds a model of the given shape; asks the source for each weight by its name in a model file. */
export function createModel(shape: ModelShape, source: WeightSource): LanguageModel {
  const headSize = shape.width / shape.heads
  const embedding = source.matrix('token_embd.weight', shape.vocabulary, shape.width)
  const blocks = Array.from({ length: shape.layers }, (_, layer) =>
    createBlock(`blk.${layer}`, shape, source),
  )
  const norm = source.scale('output_norm.weight', shape.width)
  return { shape, embedding, blocks, norm, rope: createRope(shape.context, headSize) }
}

function createBlock(prefix: string, shape: ModelShape, source: WeightSource): Block {
  const { width, hidden } = shape
  const keyWidth = (width / shape.heads) * shape.keyHeads
  return {
    attentionNorm: source.scale(`${prefix}.attn_norm.weight`, width),
    query: source.matrix(`${prefix}.attn_q.weight`, width, width),
    key: source.matrix(`${prefix}.attn_k.weight`, keyWidth, width),
    value: source.matrix(`${prefix}.attn_v.weight`, keyWidth, width),
    output: source.matrix(`${prefix}.attn_output.weight`, width, width),
    feedForwardNorm: source.scale(`${prefix}.ffn_norm.weight`, width),
    gate: source.matrix(`${prefix}.ffn_gate.weight`, hidden, width),
    up: source.matrix(`${prefix}.ffn_up.weight`, hidden, width),
    down: source.matrix(`${prefix}.ffn_down.weight`, width, hidden),
  }
}

/** Every weight, in the order of the model file. */
export function listParameters(model: LanguageModel): readonly Parameter[] {
  return [model.embedding, ...model.blocks.flatMap((block) => Object.values(block)), model.norm]
}

function contextOf(model: LanguageModel, starts: readonly number[]): BlockContext {
  const { heads, keyHeads, width } = model.shape
  const positions = new Int32Array(starts.at(-1) ?? 0)
  for (let sequence = 0; sequence + 1 < starts.length; sequence += 1) {
    const start = starts[sequence] as number
    for (let row = start; row < (starts[sequence + 1] as number); row += 1) {
      positions[row] = row - start
    }
  }
  return {
    shape: { heads, keyHeads, headSize: width / heads, starts },
    rope: model.rope,
    positions,
  }
}

function embed(model: LanguageModel, tokens: Int32Array): Matrix {
  const { width } = model.shape
  const rows = zeros(tokens.length, width)
  tokens.forEach((token, row) => {
    const from = token * width
    rows.data.set(model.embedding.value.data.subarray(from, from + width), row * width)
  })
  return rows
}

function runForward(model: LanguageModel, batch: Pick<Batch, 'tokens' | 'starts'>) {
  const context = contextOf(model, batch.starts)
  let rows = embed(model, batch.tokens)
  const traces = model.blocks.map((block) => {
    const trace = forwardBlock(rows, block, context)
    rows = trace.output
    return trace
  })
  return { context, traces, norm: forwardNorm(rows, model.norm) }
}

/** Scores of every token after each row: rows × vocabulary. */
export function computeScores(
  model: LanguageModel,
  batch: Pick<Batch, 'tokens' | 'starts'>,
): Matrix {
  return multiplyTransposed(runForward(model, batch).norm.output, model.embedding.value)
}

/**
 * Mean loss of a batch in nats per learnt token; adds to the gradient of every parameter.
 *
 * A batch in which nothing is to be learnt has loss 0.
 */
export function accumulateGradients(model: LanguageModel, batch: Batch): number {
  const { context, traces, norm } = runForward(model, batch)
  const scores = multiplyTransposed(norm.output, model.embedding.value)
  const loss = turnIntoGradient(scores, batch.targets)
  const normed = zerosLike(norm.output)
  backwardLinear(norm.output, model.embedding, { output: scores, into: normed })
  const gradient = zerosLike(norm.output)
  backwardNorm(norm, model.norm, { output: normed, into: gradient })
  model.blocks.toReversed().forEach((block, index) => {
    const trace = traces.at(-1 - index)
    if (trace !== undefined) backwardBlock(trace, block, { gradient, context })
  })
  spreadToEmbedding(model, batch.tokens, gradient)
  return loss
}

function spreadToEmbedding(model: LanguageModel, tokens: Int32Array, gradient: Matrix): void {
  const { width } = model.shape
  const into = model.embedding.gradient.data
  tokens.forEach((token, row) => {
    for (let i = 0; i < width; i += 1) {
      into[token * width + i] =
        (into[token * width + i] as number) + (gradient.data[row * width + i] as number)
    }
  })
}

/** Replaces scores by the gradient of the mean cross entropy and returns that mean. */
function turnIntoGradient(scores: Matrix, targets: Int32Array): number {
  const learnt = targets.reduce((count, target) => count + (target >= 0 ? 1 : 0), 0)
  let loss = 0
  targets.forEach((target, row) => {
    const line = scores.data.subarray(row * scores.columns, (row + 1) * scores.columns)
    if (target < 0) line.fill(0)
    else loss += lossOfRow(line, target, learnt)
  })
  return learnt === 0 ? 0 : loss / learnt
}

function lossOfRow(line: Float32Array, target: number, learnt: number): number {
  const highest = line.reduce((best, score) => Math.max(best, score), Number.NEGATIVE_INFINITY)
  const wanted = line[target] as number
  let total = 0
  for (const score of line) total += Math.exp(score - highest)
  for (let i = 0; i < line.length; i += 1) {
    line[i] = Math.exp((line[i] as number) - highest) / total / learnt
  }
  line[target] = (line[target] as number) - 1 / learnt
  return highest + Math.log(total) - wanted
}
