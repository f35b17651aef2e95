import { isUtf8 } from 'node:buffer'
import type { Problem } from '../error.ts'

const REPLACEMENT = '\uFFFD'

/** The text of a datum's bytes, without a byte order mark; or the place of the first byte that is not UTF-8. */
export function decode(file: string, bytes: Buffer): string | Problem {
  const text = bytes.toString('utf8')
  if (!isUtf8(bytes)) return badByte(file, bytes, text)
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

function badByte(file: string, bytes: Buffer, text: string): Problem {
  const { offset, index } = firstReplacement(bytes, text)
  const before = text.slice(0, index)
  const line = before.split('\n').length
  const column = index - before.lastIndexOf('\n')
  const value = (bytes[offset] ?? 0).toString(16).padStart(2, '0')
  return {
    severity: 'error',
    code: 'DATUM_ENCODING',
    message: `Cannot read the file as UTF-8: byte ${offset} has the value 0x${value}`,
    at: { file, line, column },
    hint: 'Save the file as UTF-8.',
  }
}

/** Where the decoder put a replacement character that is not in the bytes themselves. */
function firstReplacement(bytes: Buffer, text: string): { offset: number; index: number } {
  let offset = 0
  let index = 0
  for (;;) {
    const next = text.indexOf(REPLACEMENT, index)
    offset += Buffer.byteLength(text.slice(index, next))
    const isWritten = bytes.subarray(offset, offset + 3).equals(Buffer.from(REPLACEMENT))
    if (!isWritten) return { offset, index: next }
    offset += 3
    index = next + 1
  }
}
