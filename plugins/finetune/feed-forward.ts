import {
  addProduct,
  addTransposedProduct,
  type Matrix,
  multiplyTransposed,
  zerosLike,
} from './matrix.ts'
import type { Parameter } from './parameter.ts'

/** A linear layer's forward pass: `x · weightᵀ`. */
export function forwardLinear(x: Matrix, weight: Parameter): Matrix {
  return multiplyTransposed(x, weight.value)
}

/** A linear layer's backward pass: adds to the weight's gradient and to `into`, the input's gradient. */
export function backwardLinear(
  x: Matrix,
  weight: Parameter,
  flow: { output: Matrix; into: Matrix },
): void {
  addTransposedProduct(weight.gradient, flow.output, x)
  addProduct(flow.into, flow.output, weight.value)
}

/** The gated feed-forward part of a block: `down(silu(gate(x)) * up(x))`. */
export interface FeedForward {
  readonly gate: Parameter
  readonly up: Parameter
  readonly down: Parameter
}

/** What the backward pass needs of a forward pass. */
export interface FeedForwardTrace {
  readonly input: Matrix
  readonly gate: Matrix
  readonly up: Matrix
  readonly hidden: Matrix
  readonly output: Matrix
}

/** Runs the feed-forward part over every row. */
export function forwardFeedForward(input: Matrix, layer: FeedForward): FeedForwardTrace {
  const gate = forwardLinear(input, layer.gate)
  const up = forwardLinear(input, layer.up)
  const hidden = zerosLike(gate)
  for (let index = 0; index < hidden.data.length; index += 1) {
    const value = gate.data[index] as number
    hidden.data[index] = (value / (1 + Math.exp(-value))) * (up.data[index] as number)
  }
  return { input, gate, up, hidden, output: forwardLinear(hidden, layer.down) }
}

/** Gradient of the feed-forward part's input; adds to the gradients of its weights. */
export function backwardFeedForward(
  trace: FeedForwardTrace,
  layer: FeedForward,
  output: Matrix,
): Matrix {
  const hidden = zerosLike(trace.hidden)
  backwardLinear(trace.hidden, layer.down, { output, into: hidden })
  const gate = zerosLike(trace.gate)
  const up = zerosLike(trace.up)
  for (let index = 0; index < hidden.data.length; index += 1) {
    const value = trace.gate.data[index] as number
    const share = 1 / (1 + Math.exp(-value))
    const push = hidden.data[index] as number
    gate.data[index] = push * (trace.up.data[index] as number) * share * (1 + value * (1 - share))
    up.data[index] = push * value * share
  }
  const into = zerosLike(trace.input)
  backwardLinear(trace.input, layer.gate, { output: gate, into })
  backwardLinear(trace.input, layer.up, { output: up, into })
  return into
}
