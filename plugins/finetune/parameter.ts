import { type Matrix, zeros, zerosLike } from './matrix.ts'
import type { Random } from './random.ts'

/** A matrix that training changes, with what the optimiser remembers of it. */
export interface Parameter {
  /** Name in the model file, e.g. `blk.0.attn_q.weight`. */
  readonly name: string
  readonly value: Matrix
  /** Sum of the gradients since the last step; all zero right after a step. */
  readonly gradient: Matrix
  /** Running mean of the gradient. */
  readonly mean: Float32Array
  /** Running mean of the squared gradient. */
  readonly square: Float32Array
}

/** A parameter that starts as normal noise; `deviation` is the noise's standard deviation. */
export function createNoise(
  name: string,
  value: Matrix,
  source: { random: Random; deviation: number },
): Parameter {
  for (let index = 0; index < value.data.length; index += 1) {
    value.data[index] = source.random.normal() * source.deviation
  }
  return wrapParameter(name, value)
}

/** A parameter of one row that starts as all ones: the scale of a norm. */
export function createOnes(name: string, length: number): Parameter {
  const value = zeros(1, length)
  value.data.fill(1)
  return wrapParameter(name, value)
}

/** A parameter with the given start values, e.g. those read from a file. */
export function wrapParameter(name: string, value: Matrix): Parameter {
  return {
    name,
    value,
    gradient: zerosLike(value),
    mean: new Float32Array(value.data.length),
    square: new Float32Array(value.data.length),
  }
}
