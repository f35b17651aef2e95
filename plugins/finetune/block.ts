import {
  type AttentionShape,
  type AttentionTrace,
  backwardAttention,
  forwardAttention,
} from './attention.ts'
import {
  backwardFeedForward,
  backwardLinear,
  type FeedForward,
  type FeedForwardTrace,
  forwardFeedForward,
  forwardLinear,
} from './feed-forward.ts'
import { type Matrix, sum, zerosLike } from './matrix.ts'
import { backwardNorm, forwardNorm, type NormTrace } from './norm.ts'
import type { Parameter } from './parameter.ts'
import { type RopeTable, rotate } from './rope.ts'

/** The weights of one transformer block. */
export interface Block extends FeedForward {
  readonly attentionNorm: Parameter
  readonly query: Parameter
  readonly key: Parameter
  readonly value: Parameter
  readonly output: Parameter
  readonly feedForwardNorm: Parameter
}

/** What a block must know of the batch it works on. */
export interface BlockContext {
  readonly shape: AttentionShape
  readonly rope: RopeTable
  /** Position of each row in its sequence. */
  readonly positions: Int32Array
}

/** What the backward pass needs of a forward pass. */
export interface BlockTrace {
  readonly norm: NormTrace
  readonly attention: AttentionTrace
  readonly feedForwardNorm: NormTrace
  readonly feedForward: FeedForwardTrace
  readonly output: Matrix
}

/** Runs one block: attention, then the feed-forward part, each on a normed input and added to it. */
export function forwardBlock(input: Matrix, block: Block, context: BlockContext): BlockTrace {
  const norm = forwardNorm(input, block.attentionNorm)
  const q = forwardLinear(norm.output, block.query)
  const k = forwardLinear(norm.output, block.key)
  const v = forwardLinear(norm.output, block.value)
  const turn = { positions: context.positions, direction: 1 } as const
  rotate(q, context.rope, turn)
  rotate(k, context.rope, turn)
  const attention = forwardAttention({ q, k, v }, context.shape)
  const middle = sum(input, forwardLinear(attention.output, block.output))
  const feedForwardNorm = forwardNorm(middle, block.feedForwardNorm)
  const feedForward = forwardFeedForward(feedForwardNorm.output, block)
  return { norm, attention, feedForwardNorm, feedForward, output: sum(middle, feedForward.output) }
}

/** Adds to the block's gradients; `flow.gradient` goes in as the output's and comes out as the input's. */
export function backwardBlock(
  trace: BlockTrace,
  block: Block,
  flow: { gradient: Matrix; context: BlockContext },
): void {
  const { gradient, context } = flow
  const fed = backwardFeedForward(trace.feedForward, block, gradient)
  backwardNorm(trace.feedForwardNorm, block.feedForwardNorm, { output: fed, into: gradient })
  const mixed = zerosLike(trace.attention.output)
  backwardLinear(trace.attention.output, block.output, { output: gradient, into: mixed })
  const { q, k, v } = backwardAttention(trace.attention, context.shape, mixed)
  const turn = { positions: context.positions, direction: -1 } as const
  rotate(q, context.rope, turn)
  rotate(k, context.rope, turn)
  const into = zerosLike(trace.norm.output)
  backwardLinear(trace.norm.output, block.query, { output: q, into })
  backwardLinear(trace.norm.output, block.key, { output: k, into })
  backwardLinear(trace.norm.output, block.value, { output: v, into })
  backwardNorm(trace.norm, block.attentionNorm, { output: into, into: gradient })
}
