import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { B00tError, type Datum } from '#core'
import type { FinetuneTable } from './datum.gen.ts'
import type { ModelShape } from './language-model.ts'

/** A recipe with every value filled in and every path absolute. */
export interface Recipe {
  readonly name: string
  /** SHA-256 of the recipe's file, hexadecimal. */
  readonly hash: string
  readonly seed: number
  readonly dataset: string
  /** Size of the model; its vocabulary may turn out smaller than asked for. */
  readonly shape: ModelShape
  readonly training: TrainingPlan
  readonly output: OutputPlan
}

/** How long and how fast to learn. */
export interface TrainingPlan {
  readonly epochs: number
  /** Conversations per step. */
  readonly batch: number
  readonly learningRate: number
  readonly warmupSteps: number
  /** Chance of each careless spelling of a question, 0 to 1. */
  readonly varyQuestions: number
}

/** What to write and what it says about itself. */
interface OutputPlan {
  readonly path: string
  readonly name: string
  readonly description: string
  readonly weights: 'f16' | 'f32'
  readonly chatTemplate: string
}

/**
 * Reads the recipe in a finetune datum.
 *
 * @throws {@link B00tError} `FINETUNE_NOT_OURS` for a recipe without `[b00t.finetune]`,
 * `FINETUNE_SHAPE` when the sizes of the model do not fit each other
 */
export function readRecipe(datum: Datum<Partial<FinetuneTable>>): Recipe {
  const { table } = datum
  if (!isOurs(table)) {
    throw new B00tError(
      'FINETUNE_NOT_OURS',
      `Cannot train "${datum.name}" here: it describes a job for another trainer`,
      { at: { file: datum.file } },
    )
  }
  const recipe: Recipe = {
    name: datum.name,
    hash: datum.hash,
    seed: table.seed,
    dataset: resolvePath(table.dataset, datum.file),
    shape: readShape(table),
    training: readTraining(table),
    output: readOutput(datum, table),
  }
  assertShape(recipe.shape, datum.file)
  return recipe
}

/** The table of a recipe for another trainer is its whole document, where `dataset` is a table. */
function isOurs(table: Partial<FinetuneTable>): table is FinetuneTable {
  return typeof table.dataset === 'string'
}

function resolvePath(path: string, file: string): string {
  return resolve(dirname(file), path.replace(/^~(?=\/|$)/, homedir()))
}

function readShape({ tokenizer, model }: FinetuneTable): ModelShape {
  const { context, width, layers, heads, key_heads: keyHeads, hidden } = model
  return { vocabulary: tokenizer.vocabulary, context, width, layers, heads, keyHeads, hidden }
}

function readTraining({ training }: FinetuneTable): TrainingPlan {
  return {
    epochs: training.epochs,
    batch: training.batch,
    learningRate: training.learning_rate,
    warmupSteps: training.warmup_steps,
    varyQuestions: training.vary_questions,
  }
}

function readOutput(datum: Datum, { output }: FinetuneTable): OutputPlan {
  return {
    path: resolvePath(output.path, datum.file),
    name: output.name ?? datum.name,
    description: output.description ?? datum.hint,
    weights: output.weights,
    chatTemplate: output.chat_template,
  }
}

function assertShape(shape: ModelShape, file: string): void {
  const { width, heads, keyHeads } = shape
  const fault =
    width % heads !== 0 || (width / heads) % 2 !== 0
      ? `width ${width} is not an even multiple of heads ${heads}`
      : heads % keyHeads !== 0
        ? `heads ${heads} is not a multiple of key_heads ${keyHeads}`
        : undefined
  if (fault === undefined) return
  throw new B00tError('FINETUNE_SHAPE', `Cannot build the model: ${fault}`, { at: { file } })
}

/**
 * The file's text and SHA-256.
 *
 * @throws {@link B00tError} `FINETUNE_UNREADABLE`
 */
export function readHashed(file: string): { text: string; hash: string } {
  try {
    const bytes = readFileSync(file)
    return { text: bytes.toString('utf8'), hash: createHash('sha256').update(bytes).digest('hex') }
  } catch (cause) {
    throw new B00tError('FINETUNE_UNREADABLE', `Cannot read "${file}"`, { at: { file }, cause })
  }
}
