import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** A value in the head of a GGUF file. */
export type GgufValue = number | boolean | string | readonly GgufValue[]

/** Where a tensor stands and what it is. */
export interface GgufTensor {
  readonly name: string
  /** Innermost dimension first. */
  readonly dimensions: readonly number[]
  /** Name of the number format, e.g. `F16`; `type 99` for one that is not known here. */
  readonly type: string
  /** First byte, counted from the start of the file. */
  readonly start: number
  /** Length in bytes; undefined for an unknown number format. */
  readonly bytes: number | undefined
}

/** The head of a GGUF file: everything but the numbers. */
export interface GgufHead {
  readonly version: number
  readonly metadata: ReadonlyMap<string, GgufValue>
  readonly tensors: readonly GgufTensor[]
  readonly fileBytes: number
}

/** The head, or what is wrong with the file, as a sentence without a period. */
export type GgufReading =
  | { readonly head: GgufHead }
  | { readonly fault: 'unreadable' | 'not-gguf' | 'truncated' | 'damaged'; readonly reason: string }

/** Number formats by their number in the file: name, numbers per group, bytes per group. */
const FORMATS: Readonly<Record<number, readonly [string, number, number]>> = {
  0: ['F32', 1, 4],
  1: ['F16', 1, 2],
  2: ['Q4_0', 32, 18],
  3: ['Q4_1', 32, 20],
  6: ['Q5_0', 32, 22],
  7: ['Q5_1', 32, 24],
  8: ['Q8_0', 32, 34],
  10: ['Q2_K', 256, 84],
  11: ['Q3_K', 256, 110],
  12: ['Q4_K', 256, 144],
  13: ['Q5_K', 256, 176],
  14: ['Q6_K', 256, 210],
  20: ['IQ4_NL', 32, 18],
  23: ['IQ4_XS', 256, 136],
  30: ['BF16', 1, 2],
}

/** A head with more entries than this is taken for damage. */
const MOST_ENTRIES = 1_000_000
const FIRST_READ_BYTES = 1 << 20
const LONGEST_HEAD_BYTES = 1 << 28

/**
 * Reads the head of a GGUF file of any size, without its numbers.
 *
 * Reads 1 MiB first and more only when the head is longer, at most 256 MiB. Never throws for what the file holds.
 */
export function readGgufHead(path: string): GgufReading {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    return { fault: 'unreadable', reason: error instanceof Error ? error.message : String(error) }
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) return { fault: 'unreadable', reason: 'it is not a file' }
    return growHead(descriptor, stat.size)
  } finally {
    closeSync(descriptor)
  }
}

function growHead(descriptor: number, fileBytes: number): GgufReading {
  for (let size = FIRST_READ_BYTES; ; size *= 4) {
    const bytes = Buffer.alloc(Math.min(size, fileBytes, LONGEST_HEAD_BYTES))
    const length = readSync(descriptor, bytes, 0, bytes.length, 0)
    const reading = parseGgufHead(bytes.subarray(0, length), fileBytes)
    const more = 'fault' in reading && reading.fault === 'truncated'
    if (!more || length < size || size >= LONGEST_HEAD_BYTES) return reading
  }
}

/**
 * Reads the head of a GGUF file from its first bytes.
 *
 * @param bytes - the start of the file; `truncated` when the head goes on behind it
 * @param fileBytes - length of the whole file
 */
export function parseGgufHead(bytes: Uint8Array, fileBytes: number): GgufReading {
  const cursor = createCursor(bytes)
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== 'GGUF') {
    return { fault: 'not-gguf', reason: 'it does not begin with the letters GGUF' }
  }
  cursor.number(4)
  const version = cursor.number(4)
  if (version !== 2 && version !== 3) {
    return { fault: 'not-gguf', reason: `its version is ${version}, wanted 2 or 3` }
  }
  const tensorCount = cursor.count()
  const metadata = readMetadata(cursor, cursor.count())
  const places = readTensors(cursor, tensorCount)
  if (cursor.fault !== undefined) return cursor.fault
  const alignment = metadata.get('general.alignment')
  const step = typeof alignment === 'number' && alignment > 0 ? alignment : 32
  const dataStart = Math.ceil(cursor.at / step) * step
  const tensors = places.map((tensor) => ({ ...tensor, start: tensor.start + dataStart }))
  return { head: { version, metadata, tensors, fileBytes } }
}

type Fault = Extract<GgufReading, { fault: string }>

/** Reads numbers and texts one after another; after the first fault every read gives zero or nothing. */
interface Cursor {
  at: number
  fault: Fault | undefined
  /** An unsigned whole number of 1, 2, 4 or 8 bytes. */
  number(bytes: 1 | 2 | 4 | 8): number
  /** How many entries follow. */
  count(): number
  text(): string
  value(type: number): GgufValue
}

function createCursor(bytes: Uint8Array): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const cursor: Cursor = {
    at: 0,
    fault: undefined,
    number: (size) => take(size, (at) => readUnsigned(view, at, size)) ?? 0,
    count: () => countOf(cursor),
    text: () => {
      const length = cursor.number(8)
      return take(length, (at) => new TextDecoder().decode(bytes.subarray(at, at + length))) ?? ''
    },
    value: (type) => readValue(type),
  }
  function take<T>(size: number, read: (at: number) => T): T | undefined {
    if (cursor.fault !== undefined) return undefined
    const { at } = cursor
    if (at + size > bytes.byteLength) {
      cursor.fault = {
        fault: 'truncated',
        reason: `its head goes on after byte ${bytes.byteLength}`,
      }
      return undefined
    }
    cursor.at = at + size
    return read(at)
  }
  function readValue(type: number, depth = 0): GgufValue {
    if (type === 8) return cursor.text()
    if (type === 7) return cursor.number(1) !== 0
    if (type === 9 && depth < 4) return readList(depth)
    const size = SCALAR_BYTES[type]
    if (size !== undefined) return take(size, (at) => readScalar(view, at, type)) ?? 0
    return damage(cursor, `a value has the type ${type}, which does not exist`)
  }
  function readList(depth: number): GgufValue {
    const type = cursor.number(4)
    const items: GgufValue[] = []
    for (let left = cursor.count(); left > 0 && cursor.fault === undefined; left -= 1) {
      items.push(readValue(type, depth + 1))
    }
    return items
  }
  return cursor
}

function damage(cursor: Cursor, reason: string): number {
  cursor.fault ??= { fault: 'damaged', reason }
  return 0
}

function countOf(cursor: Cursor): number {
  const count = cursor.number(8)
  if (count <= MOST_ENTRIES) return count
  return damage(cursor, `it claims ${count} entries, which cannot be`)
}

const SCALAR_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  10: 8,
  11: 8,
  12: 8,
}

function readUnsigned(view: DataView, at: number, size: 1 | 2 | 4 | 8): number {
  if (size === 1) return view.getUint8(at)
  if (size === 2) return view.getUint16(at, true)
  return size === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true))
}

function readScalar(view: DataView, at: number, type: number): number {
  if (type === 1) return view.getInt8(at)
  if (type === 3) return view.getInt16(at, true)
  if (type === 5) return view.getInt32(at, true)
  if (type === 6) return view.getFloat32(at, true)
  if (type === 11) return Number(view.getBigInt64(at, true))
  if (type === 12) return view.getFloat64(at, true)
  return readUnsigned(view, at, SCALAR_BYTES[type] as 1 | 2 | 4 | 8)
}

function readMetadata(cursor: Cursor, count: number): Map<string, GgufValue> {
  const metadata = new Map<string, GgufValue>()
  for (let left = count; left > 0 && cursor.fault === undefined; left -= 1) {
    const key = cursor.text()
    metadata.set(key, cursor.value(cursor.number(4)))
  }
  return metadata
}

function readTensors(cursor: Cursor, count: number): GgufTensor[] {
  const tensors: GgufTensor[] = []
  for (let left = count; left > 0 && cursor.fault === undefined; left -= 1) {
    const name = cursor.text()
    const rank = cursor.number(4)
    if (rank > 4)
      damage(cursor, `the tensor ${name} has ${rank} dimensions, at most 4 are possible`)
    const dimensions = Array.from({ length: Math.min(4, rank) }, () => cursor.number(8))
    const format = cursor.number(4)
    const start = cursor.number(8)
    const [type, group, size] = FORMATS[format] ?? [`type ${format}`, 1, undefined]
    const numbers = dimensions.reduce((product, length) => product * length, 1)
    const bytes = size === undefined ? undefined : (numbers / group) * size
    tensors.push({ name, dimensions, type, start, bytes })
  }
  return tensors
}
