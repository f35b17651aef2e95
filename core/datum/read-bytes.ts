import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import type { Problem } from '../error.ts'
import { messageOf } from '../error.ts'

/** Largest datum file that is read, in bytes: 1 MiB. */
export const MAX_BYTES: number = 1_048_576

/** Reads a whole datum file, or says why it is not read. Never opens more than the size limit allows. */
export function readBytes(file: string): Buffer | Problem {
  let descriptor: number
  try {
    // Without O_NONBLOCK a named pipe would block the whole process until somebody writes to it.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    return unreadable(file, messageOf(error).split(',', 1)[0] ?? '')
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile())
      return unreadable(file, stat.isDirectory() ? 'it is a folder' : 'it is not a file')
    if (stat.size > MAX_BYTES) return tooLarge(file, stat.size)
    return readAll(descriptor, stat.size)
  } catch (error) {
    return unreadable(file, messageOf(error))
  } finally {
    closeSync(descriptor)
  }
}

function readAll(descriptor: number, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  let filled = 0
  while (filled < size) {
    const count = readSync(descriptor, bytes, filled, size - filled, null)
    if (count === 0) break
    filled += count
  }
  return bytes.subarray(0, filled)
}

function unreadable(file: string, reason: string): Problem {
  return {
    severity: 'error',
    code: 'DATUM_UNREADABLE',
    message: `Cannot read the datum: ${reason}`,
    at: { file },
    hint: 'Check that it is a file and that you may read it.',
  }
}

function tooLarge(file: string, size: number): Problem {
  return {
    severity: 'error',
    code: 'DATUM_TOO_LARGE',
    message: `Cannot read the datum: it has ${size} bytes, the limit is ${MAX_BYTES} (1 MiB)`,
    at: { file },
    hint: 'Move large values into a file of their own and name its path.',
  }
}
