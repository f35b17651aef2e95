import { stepAdam } from './adam.ts'
import { type Example, encodeConversation, joinExamples } from './chatml.ts'
import { type Conversation, varyQuestions } from './dataset.ts'
import {
  accumulateGradients,
  computeScores,
  type LanguageModel,
  listParameters,
} from './language-model.ts'
import { createRandom, shuffle } from './random.ts'
import type { TrainingPlan } from './recipe.ts'
import type { Tokenizer } from './tokenizer.ts'

/** One step of a training, done. */
export interface TrainingStep {
  /** 1 for the first. */
  readonly step: number
  readonly steps: number
  /** Mean loss of the step's batch before the step, in nats per learnt token. */
  readonly loss: number
  /** Tokens that went through the model in this step. */
  readonly tokens: number
}

/** What a training works on. */
export interface TrainingInput {
  readonly model: LanguageModel
  readonly conversations: readonly Conversation[]
  readonly tokenizer: Tokenizer
  readonly plan: TrainingPlan
  readonly seed: number
}

/** Longest gradient that a step follows. */
const CLIP = 1

/** Share of the learning rate that is left in the last step. */
const FINAL_RATE = 0.02

/**
 * Trains the model in place, one step per call of `next()`.
 *
 * The order of the examples and their spellings follow from the seed alone.
 */
export function* train(input: TrainingInput): Generator<TrainingStep, void> {
  const { model, plan } = input
  const parameters = listParameters(model)
  const steps = plan.epochs * Math.ceil(input.conversations.length / plan.batch)
  let step = 0
  for (const examples of drawBatches(input)) {
    step += 1
    const batch = joinExamples(examples)
    const loss = accumulateGradients(model, batch)
    stepAdam(parameters, { rate: rateAt(plan, step, steps), step, clip: CLIP })
    yield { step, steps, loss, tokens: batch.tokens.length }
  }
}

function* drawBatches(input: TrainingInput): Generator<Example[], void> {
  const { plan, tokenizer } = input
  const random = createRandom(input.seed)
  for (let epoch = 0; epoch < plan.epochs; epoch += 1) {
    const order = shuffle(input.conversations, random)
    for (let from = 0; from < order.length; from += plan.batch) {
      yield order
        .slice(from, from + plan.batch)
        .map((conversation) => varyQuestions(conversation, plan.varyQuestions, random))
        .map(({ messages }) => encodeConversation(messages, tokenizer))
    }
  }
}

/** Rises in a line during the warm-up, then falls along half a cosine. */
export function rateAt(plan: TrainingPlan, step: number, steps: number): number {
  if (step <= plan.warmupSteps) return (plan.learningRate * step) / plan.warmupSteps
  const done = (step - plan.warmupSteps) / Math.max(1, steps - plan.warmupSteps)
  const share = FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + Math.cos(Math.PI * done))
  return plan.learningRate * share
}

/** How many of the conversations the model completes word for word when it always takes the likeliest token. */
export function countRecalled(
  model: LanguageModel,
  conversations: readonly Conversation[],
  tokenizer: Tokenizer,
): number {
  return conversations.filter(({ messages }) => {
    const { tokens, targets, starts } = joinExamples([encodeConversation(messages, tokenizer)])
    const { data, columns } = computeScores(model, { tokens, starts })
    return targets.every(
      (target, row) =>
        target < 0 || highestAt(data.subarray(row * columns, (row + 1) * columns)) === target,
    )
  }).length
}

/** Place of the highest number; of equal ones the first. */
function highestAt(scores: Float32Array): number {
  let best = 0
  for (let index = 1; index < scores.length; index += 1) {
    if ((scores[index] as number) > (scores[best] as number)) best = index
  }
  return best
}

/** What to continue, and for how long. */
export interface GreedyPlan {
  readonly prompt: readonly number[]
  /** Most tokens to add; the model's context is never exceeded. */
  readonly limit: number
  /** A token that ends the continuation; it is part of the result. */
  readonly stop?: number
}

/** Continues the prompt with the likeliest token, again and again. */
export function continueGreedily(model: LanguageModel, plan: GreedyPlan): number[] {
  const added: number[] = []
  while (added.length < plan.limit && plan.prompt.length + added.length < model.shape.context) {
    const tokens = Int32Array.from([...plan.prompt, ...added])
    const { data } = computeScores(model, { tokens, starts: [0, tokens.length] })
    const next = highestAt(data.subarray(-model.shape.vocabulary))
    added.push(next)
    if (next === plan.stop) break
  }
  return added
}
