import { B00tError, type GgufHead, type GgufTensor, type GgufValue, parseGgufHead } from '#core'
import { CHAT_TEMPLATES, END_OF_TURN, SPECIALS } from './chatml.ts'
import { encodeGguf, type MetadataValue, type TensorToWrite } from './gguf-write.ts'
import { halfOf, numberOfHalf } from './half.ts'
import {
  createModel,
  type LanguageModel,
  listParameters,
  type ModelShape,
} from './language-model.ts'
import { zeros } from './matrix.ts'
import { NORM_EPSILON } from './norm.ts'
import { type Parameter, wrapParameter } from './parameter.ts'
import { ROPE_BASE } from './rope.ts'
import type { Vocabulary } from './tokenizer.ts'

/** What a model file says about itself besides its sizes and numbers. */
export interface ModelCard {
  readonly name: string
  readonly description: string
  /** Name of a chat template of this plugin. */
  readonly chatTemplate: string
  readonly weights: 'f16' | 'f32'
  /** SHA-256 of the recipe's file, hexadecimal. */
  readonly recipeHash: string
  /** SHA-256 of the dataset's file, hexadecimal. */
  readonly datasetHash: string
}

/** A trained model with its vocabulary. */
export interface TrainedModel {
  readonly model: LanguageModel
  readonly vocabulary: Vocabulary
}

/** The bytes of a GGUF file of architecture `llama` that llama.cpp can load. */
export function encodeModel({ model, vocabulary }: TrainedModel, card: ModelCard): Buffer {
  const metadata = {
    ...describeCard(card),
    ...describeShape(model.shape),
    ...describeVocabulary(vocabulary, card),
  }
  const tensors = listParameters(model).map((parameter) => encodeTensor(parameter, card.weights))
  return encodeGguf({ metadata, tensors })
}

const text = (value: string): MetadataValue => ({ type: 'string', value })
const count = (value: number): MetadataValue => ({ type: 'u32', value })
const real = (value: number): MetadataValue => ({ type: 'f32', value })

function describeCard(card: ModelCard): Record<string, MetadataValue> {
  return {
    'general.architecture': text('llama'),
    'general.type': text('model'),
    'general.name': text(card.name),
    'general.description': text(card.description),
    'general.file_type': count(card.weights === 'f16' ? 1 : 0),
    'b00t.recipe_sha256': text(card.recipeHash),
    'b00t.dataset_sha256': text(card.datasetHash),
  }
}

function describeShape(shape: ModelShape): Record<string, MetadataValue> {
  return {
    'llama.vocab_size': count(shape.vocabulary),
    'llama.context_length': count(shape.context),
    'llama.embedding_length': count(shape.width),
    'llama.block_count': count(shape.layers),
    'llama.feed_forward_length': count(shape.hidden),
    'llama.attention.head_count': count(shape.heads),
    'llama.attention.head_count_kv': count(shape.keyHeads),
    'llama.attention.layer_norm_rms_epsilon': real(NORM_EPSILON),
    'llama.rope.dimension_count': count(shape.width / shape.heads),
    'llama.rope.freq_base': real(ROPE_BASE),
  }
}

/** Kinds of tokens as llama.cpp numbers them. */
const [NORMAL, CONTROL] = [1, 3]

function describeVocabulary(
  { tokens, merges, specials }: Vocabulary,
  card: ModelCard,
): Record<string, MetadataValue> {
  const kinds = tokens.map((token) => (specials.includes(token) ? CONTROL : NORMAL))
  return {
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text('gpt-2'),
    'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
    'tokenizer.ggml.token_type': { type: 'i32s', value: kinds },
    'tokenizer.ggml.merges': { type: 'strings', value: merges },
    'tokenizer.ggml.bos_token_id': count(0),
    'tokenizer.ggml.eos_token_id': count(tokens.indexOf(END_OF_TURN)),
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
    'tokenizer.chat_template': text(CHAT_TEMPLATES[card.chatTemplate] ?? ''),
  }
}

function encodeTensor({ name, value }: Parameter, weights: 'f16' | 'f32'): TensorToWrite {
  const { rows, columns, data } = value
  // llama.cpp wants norms in full precision.
  if (rows === 1 || weights === 'f32') {
    const bytes = Buffer.alloc(4 * data.length)
    data.forEach((number, index) => {
      bytes.writeFloatLE(number, 4 * index)
    })
    return { name, dimensions: rows === 1 ? [columns] : [columns, rows], type: 'f32', data: bytes }
  }
  const bytes = Buffer.alloc(2 * data.length)
  data.forEach((number, index) => {
    bytes.writeUInt16LE(halfOf(number), 2 * index)
  })
  return { name, dimensions: [columns, rows], type: 'f16', data: bytes }
}

/**
 * Reads a model that this plugin wrote; the numbers are those that llama.cpp will see.
 *
 * @throws {@link B00tError} `FINETUNE_FILE` when the bytes are not such a file
 */
export function decodeModel(bytes: Buffer): TrainedModel {
  const reading = parseGgufHead(bytes, bytes.length)
  if ('fault' in reading) throw unusable(reading.reason)
  const { head } = reading
  const shape = readShape(head)
  const tensors = new Map(head.tensors.map((tensor) => [tensor.name, tensor]))
  const load = (name: string, rows: number, columns: number): Parameter => {
    const tensor = tensors.get(name)
    if (tensor === undefined) throw unusable(`the tensor ${name} is missing`)
    return wrapParameter(name, { rows, columns, data: decodeTensor(tensor, bytes, rows * columns) })
  }
  const model = createModel(shape, { matrix: load, scale: (name, length) => load(name, 1, length) })
  return { model, vocabulary: readVocabulary(head) }
}

function readShape({ metadata }: GgufHead): ModelShape {
  const size = (key: string): number => {
    const value = metadata.get(`llama.${key}`)
    if (typeof value === 'number') return value
    throw unusable(`the key llama.${key} is missing`)
  }
  return {
    vocabulary: size('vocab_size'),
    context: size('context_length'),
    width: size('embedding_length'),
    layers: size('block_count'),
    heads: size('attention.head_count'),
    keyHeads: size('attention.head_count_kv'),
    hidden: size('feed_forward_length'),
  }
}

function readVocabulary({ metadata }: GgufHead): Vocabulary {
  const tokens = listTexts(metadata.get('tokenizer.ggml.tokens'))
  const merges = listTexts(metadata.get('tokenizer.ggml.merges'))
  return { tokens, merges, specials: SPECIALS }
}

function listTexts(value: GgufValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function decodeTensor(tensor: GgufTensor, bytes: Buffer, length: number): Float32Array {
  const { name, type, start } = tensor
  if (tensor.dimensions.reduce((product, size) => product * size, 1) !== length) {
    throw unusable(`the tensor ${name} has another size than its model`)
  }
  if (type !== 'F16' && type !== 'F32') throw unusable(`the tensor ${name} is stored as ${type}`)
  const step = type === 'F16' ? 2 : 4
  if (start + length * step > bytes.length) throw unusable(`the tensor ${name} is cut off`)
  const { data } = zeros(1, length)
  for (let index = 0; index < length; index += 1) {
    const at = start + index * step
    data[index] = step === 2 ? numberOfHalf(bytes.readUInt16LE(at)) : bytes.readFloatLE(at)
  }
  return data
}

function unusable(state: string): B00tError {
  return new B00tError('FINETUNE_FILE', `Cannot read the model file back: ${state}`)
}
