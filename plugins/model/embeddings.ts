import type { LlamaEmbeddingContext, LlamaModel, Token } from 'node-llama-cpp'
import { readModel, readObject } from './chat-request.ts'
import { refuse, refuseValue } from './refusal.ts'

/** An embeddings request, checked. */
export interface EmbeddingsRequest {
  readonly model: string
  /** Texts, or texts already turned into tokens. */
  readonly inputs: readonly (string | readonly number[])[]
  readonly base64: boolean
}

/** Most inputs of one request, as in the OpenAI API. */
const MOST_INPUTS = 2_048

/** @throws a refusal with status 400, or 404 for a model that is not served here */
export function readEmbeddingsRequest(body: unknown, names: readonly string[]): EmbeddingsRequest {
  const fields = readObject(body)
  const model = readModel(fields, names)
  const format = fields.encoding_format ?? 'float'
  if (format !== 'float' && format !== 'base64') {
    throw refuseValue('encoding_format', 'it is neither float nor base64')
  }
  if (fields.dimensions !== undefined && fields.dimensions !== null) {
    throw refuseValue('dimensions', 'this model has one length of embedding only')
  }
  return { model, inputs: readInputs(fields.input), base64: format === 'base64' }
}

function readInputs(input: unknown): EmbeddingsRequest['inputs'] {
  const inputs = isInput(input) ? [input] : input
  const fits = Array.isArray(inputs) && inputs.length > 0 && inputs.length <= MOST_INPUTS
  if (fits && inputs.every(isInput)) return inputs
  throw refuseValue(
    'input',
    `it is not a text, a list of tokens, or a list of 1 to ${MOST_INPUTS} of these; none may be empty`,
  )
}

function isInput(input: unknown): input is string | number[] {
  if (typeof input === 'string') return input !== ''
  return (
    Array.isArray(input) &&
    input.length > 0 &&
    input.every((token) => Number.isInteger(token) && token >= 0)
  )
}

/** What computes embeddings. */
export interface Embedder {
  readonly model: LlamaModel
  readonly context: LlamaEmbeddingContext
  /** Most tokens of one input. */
  readonly contextTokens: number
}

/** The inputs as tokens; a refusal where one is too long or no token of this model. */
function tokenizeInputs(
  request: EmbeddingsRequest,
  embedder: Omit<Embedder, 'context'>,
): Token[][] {
  const most = embedder.model.fileInfo.metadata.tokenizer.ggml.tokens.length
  return request.inputs.map((input, index) => {
    const tokens =
      typeof input === 'string' ? embedder.model.tokenize(input) : ([...input] as Token[])
    if (tokens.some((token) => token >= most)) {
      throw refuseValue(`input[${index}]`, `it has a token above ${most - 1}, the last one`)
    }
    if (tokens.length <= embedder.contextTokens) return tokens
    throw refuse(
      `Cannot embed input ${index}: it has ${tokens.length} tokens, the context of this model holds ${embedder.contextTokens}`,
      { status: 400, code: 'context_length_exceeded', param: 'input' },
    )
  })
}

/**
 * The answer to an embeddings request; every embedding has length 1.
 *
 * @throws the signal's reason as soon as it is aborted
 */
export async function embedInputs(
  request: EmbeddingsRequest,
  embedder: Embedder,
  signal: AbortSignal,
): Promise<object> {
  const inputs = tokenizeInputs(request, embedder)
  const data: object[] = []
  for (const [index, tokens] of inputs.entries()) {
    signal.throwIfAborted()
    const { vector } = await embedder.context.getEmbeddingFor(tokens)
    const embedding = normalize(vector)
    data.push({
      object: 'embedding',
      index,
      embedding: request.base64 ? encodeBase64(embedding) : embedding,
    })
  }
  const count = inputs.reduce((total, tokens) => total + tokens.length, 0)
  const usage = { prompt_tokens: count, total_tokens: count }
  return { object: 'list', data, model: request.model, usage }
}

/** The vector with length 1; a vector of zeros stays as it is. */
export function normalize(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector)
  return length === 0 ? [...vector] : vector.map((value) => value / length)
}

/** The numbers as 32-bit little-endian floats in base64. */
export function encodeBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(4 * vector.length)
  vector.forEach((value, index) => {
    bytes.writeFloatLE(value, 4 * index)
  })
  return bytes.toString('base64')
}
