import { availableParallelism } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import {
  getLlama,
  type Llama,
  type LlamaContext,
  type LlamaEmbeddingContext,
  LlamaLogLevel,
  type LlamaModel,
} from 'node-llama-cpp'
import type { GgufHead } from '#core'
import { B00tError, messageOf } from '#core'
import { shareResult } from './shared-result.ts'

/** A model in memory, ready to answer. */
export interface Engine {
  readonly model: LlamaModel
  /** One context with as many sequences as requests are answered at once. */
  readonly context: LlamaContext
  /** Most tokens of a request and its answer together. */
  readonly contextTokens: number
  /** Made at the first call, since many servers never need it; after a failure the next call tries again. */
  embedder(): Promise<LlamaEmbeddingContext>
  dispose(): Promise<void>
}

/** How to load a model. */
export interface EngineOptions {
  readonly path: string
  /** Of the same file, checked. */
  readonly head: GgufHead
  /** Wanted tokens per request; never more than the model was trained for. */
  readonly context: number
  /** Threads to compute with; by default chosen by {@link chooseThreads}. */
  readonly threads: number | undefined
  /** Requests answered at once. */
  readonly parallel: number
}

/** A model with fewer weights than this runs fastest on one thread. */
const SMALL_MODEL = 50_000_000

/**
 * Threads for a model of the given size.
 *
 * More threads than cores make llama.cpp wait in busy loops. Measured on two shared cores with 1.8 million
 * weights: 972 tokens/s on one thread, 97 on two, 3 on four.
 *
 * @param weights - numbers in the model
 * @param cores - physical cores
 */
export function chooseThreads(weights: number, cores: number): number {
  if (weights < SMALL_MODEL) return 1
  return Math.max(1, Math.min(cores, availableParallelism()))
}

/** How many numbers the file holds. */
export function countWeights(head: GgufHead): number {
  return head.tensors.reduce(
    (total, { dimensions }) => total + dimensions.reduce((product, size) => product * size, 1),
    0,
  )
}

/** The context to use: what is wanted, but never more than the model was trained for. */
export function chooseContext(head: GgufHead, wanted: number): number {
  const architecture = String(head.metadata.get('general.architecture'))
  const trained = Number(head.metadata.get(`${architecture}.context_length`))
  return Math.min(wanted, trained)
}

/**
 * Loads a checked model file.
 *
 * @throws {@link B00tError} `MODEL_ENGINE_MISSING` where there is no ready-made llama.cpp for this machine,
 * `MODEL_LOAD` with llama.cpp's own reason
 */
export async function loadEngine(options: EngineOptions): Promise<Engine> {
  const complaints: string[] = []
  const llama = await openLlama(complaints)
  const threads = options.threads ?? chooseThreads(countWeights(options.head), llama.cpuMathCores)
  const model = await loadModel(llama, options.path, complaints)
  const contextTokens = chooseContext(options.head, options.context)
  const context = await model.createContext({
    contextSize: contextTokens,
    sequences: options.parallel,
    threads,
  })
  return {
    model,
    context,
    contextTokens,
    embedder: shareResult(() =>
      model.createEmbeddingContext({ contextSize: contextTokens, threads }),
    ),
    dispose: () => llama.dispose(),
  }
}

async function openLlama(complaints: string[]): Promise<Llama> {
  try {
    return await getLlama({
      build: 'never',
      gpu: false,
      progressLogs: false,
      maxThreads: 0,
      logLevel: LlamaLogLevel.warn,
      logger: (level, message) => {
        if (level === 'error' || level === 'fatal') complaints.push(message.trim())
      },
    })
  } catch (cause) {
    throw new B00tError('MODEL_ENGINE_MISSING', 'Cannot load llama.cpp on this machine', { cause })
  }
}

/** Between two lines of llama.cpp's log, and for the first one, which comes only after the failure. */
const LOG_DELAY_MS = 100
const FIRST_LOG_WITHIN_MS = 3000

/** Waits for the first reason, on a busy machine for long, and then for those that come with it. */
async function untilComplained(complaints: readonly string[]): Promise<void> {
  const deadline = performance.now() + FIRST_LOG_WITHIN_MS
  do await pause(LOG_DELAY_MS)
  while (complaints.length === 0 && performance.now() < deadline)
}

async function loadModel(llama: Llama, path: string, complaints: string[]): Promise<LlamaModel> {
  try {
    return await llama.loadModel({ modelPath: path })
  } catch (cause) {
    await untilComplained(complaints)
    const reason = [...new Set(complaints)].join('; ') || messageOf(cause)
    throw new B00tError('MODEL_LOAD', `Cannot load the model file: ${reason}`, {
      at: { file: path },
      cause,
    })
  }
}
