import type { LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp'
import type { ChatRequest } from './chat-request.ts'
import { refuse } from './refusal.ts'
import { createStopFilter } from './stop-filter.ts'

/** What a generation works with. */
export interface GenerationInput {
  readonly model: LlamaModel
  /** Empty; nobody else uses it meanwhile. */
  readonly sequence: LlamaContextSequence
  readonly prompt: readonly Token[]
  /** Most tokens of prompt and answer together. */
  readonly contextTokens: number
  readonly request: ChatRequest
  readonly signal: AbortSignal
}

/** How an answer ended: at a stop mark or stop text, or because it may not be longer. */
export type FinishReason = 'stop' | 'length'

/** The end of an answer. */
export interface Finish {
  readonly reason: FinishReason
  /** Tokens written, an end mark included. */
  readonly tokens: number
}

/** Tokens of a prompt that are read before the next look at whether anyone still waits for the answer. */
const PROMPT_PART = 128

/** The characters of a token may be spread over at most this many tokens. */
const LONGEST_CHARACTER = 8

/** Tokens before a piece that decide about its leading space. */
const CONTEXT_OF_PIECE = 16

/** @throws a refusal with status 400 and code `context_length_exceeded` */
export function assertFits(promptTokens: number, contextTokens: number): void {
  if (promptTokens < contextTokens) return
  throw refuse(
    `Cannot read the messages: they have ${promptTokens} tokens, the context of this model holds ${contextTokens} with the answer`,
    { status: 400, code: 'context_length_exceeded', param: 'messages' },
  )
}

/**
 * Writes an answer piece by piece.
 *
 * A piece never ends inside a character, and nothing of a stop text is ever given out; it may be empty.
 *
 * @throws the signal's reason as soon as it is aborted
 */
export async function* generate(input: GenerationInput): AsyncGenerator<string, Finish> {
  const filter = createStopFilter(input.request.stops)
  const spell = createSpeller(input.model)
  const most = input.contextTokens - input.prompt.length
  const limit = Math.min(input.request.limit ?? most, most)
  let tokens = 0
  let reason: FinishReason = 'length'
  for await (const token of continueSequence(input)) {
    input.signal.throwIfAborted()
    tokens += 1
    const ended = input.model.isEogToken(token)
    if (!ended) yield filter.push(spell(token))
    if (ended || filter.stopped) reason = 'stop'
    if (reason === 'stop' || tokens >= limit) break
  }
  yield filter.flush()
  return { reason, tokens }
}

async function* continueSequence(input: GenerationInput): AsyncGenerator<Token, void> {
  const { sequence, prompt, request, signal } = input
  let read = 0
  while (prompt.length - read > PROMPT_PART) {
    signal.throwIfAborted()
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(read, read + PROMPT_PART))
    read += PROMPT_PART
  }
  yield* sequence.evaluate(prompt.slice(read), {
    temperature: request.temperature,
    topP: request.topP,
    topK: 0,
    // The engine takes 32 bits; other whole numbers would all count as 0.
    ...(request.seed !== undefined && { seed: request.seed >>> 0 }),
    yieldEogToken: true,
  })
}

/** Turns tokens into text, holding back bytes until they make whole characters. */
export function createSpeller(model: LlamaModel): (token: Token) => string {
  let pending: Token[] = []
  let before: Token[] = []
  return (token) => {
    pending.push(token)
    const text = model.detokenize(pending, false, before)
    if (text.endsWith('\ufffd') && pending.length < LONGEST_CHARACTER) return ''
    before = [...before, ...pending].slice(-CONTEXT_OF_PIECE)
    pending = []
    return text
  }
}
