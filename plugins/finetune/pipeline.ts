import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { B00tError, messageOf } from '#core'
import { END_OF_TURN, encodeConversation, renderQuestion, SPECIALS } from './chatml.ts'
import { type Conversation, parseDataset, varyQuestions } from './dataset.ts'
import { createModel, listParameters, noiseSource } from './language-model.ts'
import { decodeModel, encodeModel, type TrainedModel } from './model-file.ts'
import { checkParity, type ParityProbe, type ParityReport } from './parity.ts'
import { createRandom } from './random.ts'
import { type Recipe, readHashed } from './recipe.ts'
import { createTokenizer, type Tokenizer } from './tokenizer.ts'
import { trainVocabulary } from './tokenizer-training.ts'
import { continueGreedily, countRecalled, train } from './training.ts'

/** Something that happened during a run, as it is shown to whoever watches. */
export type RunEvent =
  | { readonly event: 'start'; readonly parameters: number; readonly vocabulary: number }
  | {
      readonly event: 'step'
      readonly step: number
      readonly steps: number
      /** Mean loss in nats per learnt token. */
      readonly loss: number
    }
  | { readonly event: 'verify'; readonly path: string }

/** Whoever watches a run, and may end it. */
export interface RunWatch {
  readonly signal: AbortSignal
  report(event: RunEvent): void
}

/** What a run made, and how good it is. */
export interface RunResult {
  readonly path: string
  readonly bytes: number
  readonly parameters: number
  readonly conversations: number
  /** Conversations that the model completes word for word. */
  readonly recalled: number
  /** Loss of the last step, in nats per learnt token. */
  readonly loss: number
  readonly parity: ParityReport
}

/** What a run works on, read and checked. */
interface Material extends TrainedModel {
  readonly conversations: readonly Conversation[]
  readonly tokenizer: Tokenizer
  readonly datasetHash: string
}

/** Prompts that the trainer and llama.cpp must continue alike, and how far. */
const PROBES = 6
const PROBE_TOKENS = 24

/**
 * Trains the model of a recipe and writes its file; an existing file is replaced only by a verified one.
 *
 * @throws {@link B00tError} `FINETUNE_DATASET_INVALID`, `FINETUNE_UNREADABLE`, `FINETUNE_TOO_LONG`,
 * `FINETUNE_STOPPED`, `FINETUNE_WRITE`, `FINETUNE_FILE` or `FINETUNE_PARITY`
 */
export async function runRecipe(recipe: Recipe, watch: RunWatch): Promise<RunResult> {
  const material = prepareMaterial(recipe)
  makeFolder(dirname(recipe.output.path))
  const parameters = countWeights(material)
  const vocabulary = material.vocabulary.tokens.length
  watch.report({ event: 'start', parameters, vocabulary })
  const loss = await trainModel(material, recipe, watch)
  const bytes = encodeModel(material, {
    name: recipe.output.name,
    description: recipe.output.description,
    chatTemplate: recipe.output.chatTemplate,
    weights: recipe.output.weights,
    recipeHash: recipe.hash,
    datasetHash: material.datasetHash,
  })
  const { path } = recipe.output
  watch.report({ event: 'verify', path })
  const parity = await writeVerified(path, bytes, material)
  const recalled = countRecalled(
    decodeModel(bytes).model,
    material.conversations,
    material.tokenizer,
  )
  const conversations = material.conversations.length
  return { path, bytes: bytes.length, parameters, conversations, recalled, loss, parity }
}

function countWeights({ model }: TrainedModel): number {
  return listParameters(model).reduce((total, { value }) => total + value.data.length, 0)
}

function prepareMaterial(recipe: Recipe): Material {
  const { text, hash } = readHashed(recipe.dataset)
  const conversations = parseDataset(text, recipe.dataset)
  const texts = conversations.flatMap(({ messages }) => messages.map(({ content }) => content))
  const vocabulary = trainVocabulary({
    texts,
    size: recipe.shape.vocabulary,
    specials: SPECIALS,
  })
  const tokenizer = createTokenizer(vocabulary)
  assertFits(conversations, tokenizer, recipe)
  const shape = { ...recipe.shape, vocabulary: vocabulary.tokens.length }
  const model = createModel(shape, noiseSource(createRandom(recipe.seed)))
  return { model, vocabulary, conversations, tokenizer, datasetHash: hash }
}

function assertFits(
  conversations: readonly Conversation[],
  tokenizer: Tokenizer,
  recipe: Recipe,
): void {
  const { context } = recipe.shape
  const random = createRandom(recipe.seed)
  conversations.forEach((conversation, index) => {
    const spellings = [conversation, varyQuestions(conversation, 1, random)]
    const lengths = spellings.map(
      ({ messages }) => encodeConversation(messages, tokenizer).tokens.length,
    )
    const longest = Math.max(...lengths)
    if (longest <= context) return
    throw new B00tError(
      'FINETUNE_TOO_LONG',
      `Cannot train on conversation ${index + 1}: it has ${longest} tokens, the context holds ${context}`,
      { at: { file: recipe.dataset } },
    )
  })
}

async function trainModel(material: Material, recipe: Recipe, watch: RunWatch): Promise<number> {
  const { model, conversations, tokenizer } = material
  const plan = recipe.training
  let last = Number.NaN
  for (const step of train({ model, conversations, tokenizer, plan, seed: recipe.seed })) {
    watch.report({ event: 'step', step: step.step, steps: step.steps, loss: step.loss })
    last = step.loss
    await setImmediate()
    if (!watch.signal.aborted) continue
    throw new B00tError(
      'FINETUNE_STOPPED',
      `Stopped the training after step ${step.step} of ${step.steps}: nothing was written`,
    )
  }
  return last
}

async function writeVerified(
  path: string,
  bytes: Buffer,
  material: Material,
): Promise<ParityReport> {
  const draft = `${path}.part`
  writeDraft(draft, bytes)
  try {
    const parity = await checkParity(draft, makeProbes(bytes, material))
    assertParity(parity)
    renameSync(draft, path)
    return parity
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Before the training, so that a path that cannot be written costs no minutes. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (cause) {
    throw cannotWrite(path, cause)
  }
}

function writeDraft(draft: string, bytes: Buffer): void {
  try {
    writeFileSync(draft, bytes)
  } catch (cause) {
    throw cannotWrite(draft, cause)
  }
}

function cannotWrite(path: string, cause: unknown): B00tError {
  const message = `Cannot write "${path}": ${messageOf(cause)}`
  return new B00tError('FINETUNE_WRITE', message, { cause })
}

/** Probes from the written bytes, so that rounding to the stored precision is part of the comparison. */
export function makeProbes(
  bytes: Buffer,
  material: { readonly conversations: readonly Conversation[] },
): ParityProbe[] {
  const { model, vocabulary } = decodeModel(bytes)
  const tokenizer = createTokenizer(vocabulary)
  const { conversations } = material
  const stop = tokenizer.numberOf(END_OF_TURN) ?? -1
  const step = Math.max(1, Math.ceil(conversations.length / PROBES))
  return conversations
    .filter((_, index) => index % step === 0)
    .flatMap(({ messages }) => messages.find(({ role }) => role === 'user') ?? [])
    .map(({ content }) => {
      const text = renderQuestion(content)
      const prompt = tokenizer.encode(text)
      return {
        text,
        prompt,
        continuation: continueGreedily(model, { prompt, limit: PROBE_TOKENS, stop }),
      }
    })
}

function assertParity(parity: ParityReport): void {
  const { samePrompts, prompts, sameTokens, tokens } = parity
  if (samePrompts === prompts && sameTokens === tokens) return
  throw new B00tError(
    'FINETUNE_PARITY',
    `Cannot trust the model file: llama.cpp reads ${samePrompts} of ${prompts} prompts and continues with ${sameTokens} of ${tokens} tokens as the trainer does`,
    { fault: 'system' },
  )
}
