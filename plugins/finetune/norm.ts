import { type Matrix, zerosLike } from './matrix.ts'
import type { Parameter } from './parameter.ts'

/** Added to the mean square so that a row of zeros can be divided; the model file states the same number. */
export const NORM_EPSILON = 1e-5

/** What the backward pass needs of a forward pass. */
export interface NormTrace {
  readonly input: Matrix
  readonly output: Matrix
  /** One factor per row: 1 / root mean square. */
  readonly factors: Float32Array
}

/** Divides each row by its root mean square and multiplies it by the scale. */
export function forwardNorm(input: Matrix, scale: Parameter): NormTrace {
  const width = input.columns
  const output = zerosLike(input)
  const factors = new Float32Array(input.rows)
  for (let row = 0; row < input.rows; row += 1) {
    let squares = 0
    for (let i = 0; i < width; i += 1) squares += (input.data[row * width + i] as number) ** 2
    const factor = 1 / Math.sqrt(squares / width + NORM_EPSILON)
    factors[row] = factor
    for (let i = 0; i < width; i += 1) {
      output.data[row * width + i] =
        (input.data[row * width + i] as number) * factor * (scale.value.data[i] as number)
    }
  }
  return { input, output, factors }
}

/** Adds to `into` the gradient for the input and to the scale's gradient its own. */
export function backwardNorm(
  trace: NormTrace,
  scale: Parameter,
  flow: { output: Matrix; into: Matrix },
): void {
  const width = trace.input.columns
  const x = trace.input.data
  const w = scale.value.data
  const dy = flow.output.data
  for (let row = 0; row < trace.input.rows; row += 1) {
    const factor = trace.factors[row] as number
    let along = 0
    for (let at = row * width, i = 0; i < width; at += 1, i += 1) {
      const push = (dy[at] as number) * (x[at] as number)
      along += push * (w[i] as number)
      scale.gradient.data[i] = (scale.gradient.data[i] as number) + push * factor
    }
    const pull = (factor ** 3 / width) * along
    for (let at = row * width, i = 0; i < width; at += 1, i += 1) {
      flow.into.data[at] =
        (flow.into.data[at] as number) +
        factor * (w[i] as number) * (dy[at] as number) -
        (x[at] as number) * pull
    }
  }
}
