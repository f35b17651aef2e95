import type { Parameter } from './parameter.ts'

const MEAN_DECAY = 0.9
const SQUARE_DECAY = 0.98
const TINY = 1e-8

/** What one step of the optimiser is told. */
export interface AdamStep {
  /** Learning rate, above 0. */
  readonly rate: number
  /** 1 for the first step. */
  readonly step: number
  /** Longest allowed gradient over all parameters together; a longer one is shortened. */
  readonly clip: number
}

/** Moves every parameter against its gradient and sets the gradients back to zero. */
export function stepAdam(parameters: readonly Parameter[], options: AdamStep): void {
  const factor = Math.min(1, options.clip / (gradientLength(parameters) + 1e-6))
  const meanShare = 1 - MEAN_DECAY ** options.step
  const squareShare = 1 - SQUARE_DECAY ** options.step
  for (const { value, gradient, mean, square } of parameters) {
    for (let i = 0; i < value.data.length; i += 1) {
      const push = (gradient.data[i] as number) * factor
      const average = MEAN_DECAY * (mean[i] as number) + (1 - MEAN_DECAY) * push
      const power = SQUARE_DECAY * (square[i] as number) + (1 - SQUARE_DECAY) * push * push
      mean[i] = average
      square[i] = power
      value.data[i] =
        (value.data[i] as number) -
        (options.rate * (average / meanShare)) / (Math.sqrt(power / squareShare) + TINY)
    }
    gradient.data.fill(0)
  }
}

/** Length of all gradients as one vector. */
function gradientLength(parameters: readonly Parameter[]): number {
  let squares = 0
  for (const { gradient } of parameters) {
    for (let i = 0; i < gradient.data.length; i += 1) squares += (gradient.data[i] as number) ** 2
  }
  return Math.sqrt(squares)
}
