import { type GgufHead, type GgufTensor, type GgufValue, readGgufHead } from '#core'
import { findGaps } from './required-tensors.ts'

/** One thing that keeps a model file from being served. */
export interface FileProblem {
  /** An error code of this plugin, `MODEL_FILE_…`. */
  readonly code: string
  /** A sentence about the file, without a period. */
  readonly message: string
}

/** What a check found: the head as far as it could be read, and all problems. */
export interface FileReport {
  readonly head?: GgufHead
  readonly problems: readonly FileProblem[]
}

/** Keys without which llama.cpp refuses a model or even aborts the process, after the architecture's name. */
const NEEDED_KEYS = [
  'block_count',
  'context_length',
  'embedding_length',
  'feed_forward_length',
  'attention.head_count',
]

const FAULT_CODES = {
  unreadable: 'MODEL_FILE_UNREADABLE',
  'not-gguf': 'MODEL_FILE_NOT_GGUF',
  truncated: 'MODEL_FILE_TRUNCATED',
  damaged: 'MODEL_FILE_DAMAGED',
} as const

/**
 * Checks a GGUF file before llama.cpp sees it, which may abort its process over a bad one.
 *
 * Reads the head only: a file whose numbers are wrong passes.
 */
export function checkModelFile(path: string): FileReport {
  const reading = readGgufHead(path)
  if ('fault' in reading) {
    return { problems: [{ code: FAULT_CODES[reading.fault], message: reading.reason }] }
  }
  return { head: reading.head, problems: checkHead(reading.head) }
}

/** All problems of a head; empty for a file that may be loaded. */
export function checkHead(head: GgufHead): FileProblem[] {
  const architecture = head.metadata.get('general.architecture')
  if (typeof architecture !== 'string' || architecture === '') {
    return [missingKey('general.architecture')]
  }
  return [
    ...checkKeys(head, architecture),
    ...checkTokenizer(head),
    ...checkTensors(head, architecture),
    ...checkShapes(head, architecture),
    ...checkBounds(head),
  ]
}

function missingKey(key: string): FileProblem {
  return { code: 'MODEL_FILE_KEY_MISSING', message: `the key ${key} is missing` }
}

function checkKeys(head: GgufHead, architecture: string): FileProblem[] {
  return NEEDED_KEYS.map((key) => `${architecture}.${key}`).flatMap((key) => {
    const value = head.metadata.get(key)
    if (value === undefined) return [missingKey(key)]
    if (numbersOf(value).some((number) => Number.isSafeInteger(number) && number > 0)) return []
    return [{ code: 'MODEL_FILE_DAMAGED', message: `the key ${key} is not a positive number` }]
  })
}

/** Some architectures list one number per block where others give one for all. */
function numbersOf(value: GgufValue): number[] {
  return [value].flat(1).map(Number)
}

function checkTokenizer({ metadata }: GgufHead): FileProblem[] {
  const needed = ['tokenizer.ggml.model', 'tokenizer.ggml.tokens']
  if (metadata.get('tokenizer.ggml.model') === 'gpt2') needed.push('tokenizer.ggml.merges')
  return needed.filter((key) => metadata.get(key) === undefined).map(missingKey)
}

function checkTensors(head: GgufHead, architecture: string): FileProblem[] {
  const names = new Set(head.tensors.map(({ name }) => name))
  const frame = ['token_embd.weight', 'output_norm.weight'].filter((name) => !names.has(name))
  const blocks = numberAt(head, `${architecture}.block_count`)
  const extra = numberAt(head, `${architecture}.nextn_predict_layers`)
  const gaps = findGaps(head, architecture, Math.min(blocks, head.tensors.length + 1))
  const dropped = gaps.filter(({ block, whole }) => whole && block >= blocks - extra)
  const missing = gaps
    .filter((gap) => !dropped.includes(gap))
    .flatMap(({ block, missing: rest }) => rest.map((name) => `blk.${block}.${name}`))
  return [
    ...[...frame, ...missing].map((name) => ({
      code: 'MODEL_FILE_TENSOR_MISSING',
      message: `the tensor ${name} is missing`,
    })),
    ...dropped.map(({ block }) => ({
      code: 'MODEL_FILE_MTP_DROPPED',
      message: `all tensors of blk.${block} are missing, the extra prediction block that ${architecture}.nextn_predict_layers promises`,
    })),
  ]
}

function numberAt(head: GgufHead, key: string): number {
  const value = head.metadata.get(key)
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}

function checkShapes(head: GgufHead, architecture: string): FileProblem[] {
  const width = numberAt(head, `${architecture}.embedding_length`)
  const tokens = head.metadata.get('tokenizer.ggml.tokens')
  const embedding = head.tensors.find(({ name }) => name === 'token_embd.weight')
  const problems = head.tensors.flatMap((tensor) => checkShape(tensor, width))
  if (embedding === undefined || !Array.isArray(tokens)) return problems
  const rows = embedding.dimensions[1] ?? 1
  if (rows === tokens.length) return problems
  const message = `the tokenizer has ${tokens.length} tokens, token_embd.weight has ${rows} rows`
  return [...problems, { code: 'MODEL_FILE_VOCABULARY', message }]
}

/** Tensors whose innermost dimension is the width of the model, in every architecture served here. */
const WIDE =
  /^(token_embd|output|output_norm|blk\.\d+\.(attn_norm|attn_[qkv]|ffn_norm|ffn_gate|ffn_up))\.weight$/

function checkShape({ name, dimensions }: GgufTensor, width: number): FileProblem[] {
  const [inner] = dimensions
  if (!WIDE.test(name) || width === 0 || inner === width) return []
  return [
    {
      code: 'MODEL_FILE_SHAPE',
      message: `the tensor ${name} is ${dimensions.join(' × ')}, its first size should be ${width}`,
    },
  ]
}

function checkBounds(head: GgufHead): FileProblem[] {
  const cut = head.tensors.find(({ start, bytes }) => start + (bytes ?? 0) > head.fileBytes)
  if (cut === undefined) return []
  const end = cut.start + (cut.bytes ?? 0)
  const message = `the tensor ${cut.name} ends at byte ${end}, the file has ${head.fileBytes}`
  return [{ code: 'MODEL_FILE_TRUNCATED', message }]
}
