import { isDeepStrictEqual } from 'node:util'
import { getLlama, type Llama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp'

/** A prompt as text and tokens, and how the trainer continues it. */
export interface ParityProbe {
  readonly text: string
  readonly prompt: readonly number[]
  readonly continuation: readonly number[]
}

/** How far two implementations agree. */
export interface ParityReport {
  /** Prompts that both turn into the same tokens. */
  readonly samePrompts: number
  readonly prompts: number
  /** Tokens that both continue with, place by place. */
  readonly sameTokens: number
  readonly tokens: number
}

/**
 * Continues each probe with llama.cpp and compares it with the trainer's continuation.
 *
 * Equal tokens are the only proof that file, vocabulary and arithmetic mean the same on both sides:
 * a wrongly ordered weight still gives text that looks plausible.
 *
 * @param path - GGUF file, verified before: llama.cpp may abort the process over a damaged one
 */
export async function checkParity(
  path: string,
  probes: readonly ParityProbe[],
): Promise<ParityReport> {
  // One thread: more of them are up to a hundred times slower on a model this small.
  const llama = await getLlama({
    build: 'never',
    gpu: false,
    maxThreads: 1,
    logLevel: LlamaLogLevel.error,
  })
  try {
    return await compareAll(llama, path, probes)
  } finally {
    await llama.dispose()
  }
}

async function compareAll(
  llama: Llama,
  path: string,
  probes: readonly ParityProbe[],
): Promise<ParityReport> {
  const model = await llama.loadModel({ modelPath: path })
  const total = { samePrompts: 0, prompts: probes.length, sameTokens: 0, tokens: 0 }
  for (const probe of probes) {
    const found = await continueWithEngine(model, probe)
    if (isDeepStrictEqual([...model.tokenize(probe.text, true)], [...probe.prompt])) {
      total.samePrompts += 1
    }
    total.tokens += probe.continuation.length
    total.sameTokens += probe.continuation.filter((token, at) => found[at] === token).length
  }
  return total
}

async function continueWithEngine(model: LlamaModel, probe: ParityProbe): Promise<number[]> {
  const context = await model.createContext({ contextSize: model.trainContextSize, threads: 1 })
  const found: number[] = []
  const tokens = probe.prompt as Parameters<ReturnType<typeof context.getSequence>['evaluate']>[0]
  const options = { temperature: 0, yieldEogToken: true }
  for await (const token of context.getSequence().evaluate(tokens, options)) {
    found.push(token)
    if (found.length >= probe.continuation.length) break
  }
  await context.dispose()
  return found
}
