/** A value in the head of a GGUF file. */
export type MetadataValue =
  | { readonly type: 'u32' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'i32s'; readonly value: readonly number[] }

/** A tensor as it is written: innermost dimension first, numbers already in their stored form. */
export interface TensorToWrite {
  readonly name: string
  readonly dimensions: readonly number[]
  readonly type: 'f32' | 'f16'
  readonly data: Uint8Array
}

/** Everything a GGUF file holds. */
export interface GgufContent {
  readonly metadata: Readonly<Record<string, MetadataValue>>
  readonly tensors: readonly TensorToWrite[]
}

/** Tensors start at multiples of this many bytes. */
const ALIGNMENT = 32
const TENSOR_TYPES = { f32: 0, f16: 1 } as const
const VALUE_TYPES = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const

/**
 * The bytes of a GGUF file, version 3, little-endian.
 *
 * The same content always gives the same bytes: keys and tensors stay in the order given.
 *
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md the format
 */
export function encodeGguf({ metadata, tensors }: GgufContent): Buffer {
  const entries = Object.entries(metadata)
  const head = Buffer.concat([
    Buffer.from('GGUF', 'latin1'),
    u32(3),
    u64(tensors.length),
    u64(entries.length),
    ...entries.flatMap(([key, entry]) => [text(key), encodeValue(entry)]),
    ...describeTensors(tensors),
  ])
  return Buffer.concat([pad(head), ...tensors.map(({ data }) => pad(data))])
}

function describeTensors(tensors: readonly TensorToWrite[]): Buffer[] {
  let offset = 0
  return tensors.map(({ name, dimensions, type, data }) => {
    const start = offset
    offset += data.length + missing(data.length)
    const sizes = dimensions.map((size) => u64(size))
    return Buffer.concat([
      text(name),
      u32(dimensions.length),
      ...sizes,
      u32(TENSOR_TYPES[type]),
      u64(start),
    ])
  })
}

function encodeValue(entry: MetadataValue): Buffer {
  switch (entry.type) {
    case 'u32':
      return Buffer.concat([u32(VALUE_TYPES.u32), u32(entry.value)])
    case 'f32':
      return Buffer.concat([u32(VALUE_TYPES.f32), f32(entry.value)])
    case 'bool':
      return Buffer.concat([u32(VALUE_TYPES.bool), Buffer.from([entry.value ? 1 : 0])])
    case 'string':
      return Buffer.concat([u32(VALUE_TYPES.string), text(entry.value)])
    case 'strings':
      return encodeList(VALUE_TYPES.string, entry.value.map(text))
    case 'i32s':
      return encodeList(VALUE_TYPES.i32, entry.value.map(i32))
  }
}

function encodeList(type: number, items: readonly Buffer[]): Buffer {
  return Buffer.concat([u32(VALUE_TYPES.array), u32(type), u64(items.length), ...items])
}

function missing(length: number): number {
  return (ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT
}

function pad(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(missing(bytes.length))])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8')
  return Buffer.concat([u64(bytes.length), bytes])
}
