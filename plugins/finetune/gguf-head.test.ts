import { describe, expect, test } from 'vitest'
import { parseGgufHead } from '#core'
import { encodeGguf } from './gguf-write.ts'

const BYTES = encodeGguf({
  metadata: {
    'a.count': { type: 'u32', value: 7 },
    'a.real': { type: 'f32', value: 0.5 },
    'a.flag': { type: 'bool', value: true },
    'a.text': { type: 'string', value: 'Café 🙂' },
    'a.texts': { type: 'strings', value: ['x', ''] },
    'a.numbers': { type: 'i32s', value: [-1, 2] },
  },
  tensors: [
    { name: 'first', dimensions: [3], type: 'f32', data: new Uint8Array(12) },
    { name: 'second', dimensions: [2, 4], type: 'f16', data: new Uint8Array(16) },
  ],
})

describe('parseGgufHead()', () => {
  test('given a file as written here, reads every value and every tensor back', () => {
    const reading = parseGgufHead(BYTES, BYTES.length)
    if ('fault' in reading) throw new Error(reading.reason)
    expect(Object.fromEntries(reading.head.metadata)).toEqual({
      'a.count': 7,
      'a.real': 0.5,
      'a.flag': true,
      'a.text': 'Café 🙂',
      'a.texts': ['x', ''],
      'a.numbers': [-1, 2],
    })
    const [first, second] = reading.head.tensors
    expect(first).toMatchObject({ name: 'first', dimensions: [3], type: 'F32', bytes: 12 })
    expect(second).toMatchObject({ name: 'second', dimensions: [2, 4], type: 'F16', bytes: 16 })
    expect((first?.start ?? 1) % 32).toBe(0)
    expect(second?.start).toBe((first?.start ?? 0) + 32)
    expect(BYTES).toHaveLength((second?.start ?? 0) + 32)
  })

  test('given a head cut at any byte, never takes it for a whole one', () => {
    const reading = parseGgufHead(BYTES, BYTES.length)
    const end = BYTES.indexOf('second') + 'second'.length + 4 + 16 + 4 + 8
    const faults = Array.from({ length: end }, (_, length) =>
      parseGgufHead(BYTES.subarray(0, length), BYTES.length),
    ).map((cut) => ('fault' in cut ? cut.fault : 'none'))
    expect(reading).not.toHaveProperty('fault')
    expect(new Set(faults.slice(0, 4))).toEqual(new Set(['not-gguf']))
    expect(faults.slice(8)).not.toContain('none')
  })

  test('given a count that cannot be, says so instead of trying', () => {
    const bytes = Buffer.from(BYTES)
    bytes.writeBigUInt64LE(2n ** 60n, 8)
    expect(parseGgufHead(bytes, bytes.length)).toMatchObject({ fault: 'damaged' })
  })

  test('given another version, says which are known', () => {
    const bytes = Buffer.from(BYTES)
    bytes.writeUInt32LE(9, 4)
    expect(parseGgufHead(bytes, bytes.length)).toEqual({
      fault: 'not-gguf',
      reason: 'its version is 9, wanted 2 or 3',
    })
  })
})
