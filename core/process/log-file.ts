import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

const TAIL_BYTES = 4096
const LINE_LIMIT = 300
const CHUNK_BYTES = 64 * 1024
/** A log without line ends must not fill the memory. */
const TAIL_LIMIT_BYTES = 8 * 2 ** 20
const NEWLINE = 0x0a

/** Bytes in a log file; 0 where there is none yet or it cannot be looked at. */
export function logSize(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0
  } catch {
    return 0
  }
}

/**
 * The last line with text in it that was written after `offset`, cut to 300 characters.
 *
 * @param offset - bytes
 */
export function lastLogLine(path: string, offset: number): string | undefined {
  const size = logSize(path)
  const from = Math.max(offset, size - TAIL_BYTES)
  if (size <= from) return undefined
  const lines = readRange(path, from, size).split('\n')
  return lines
    .findLast((line) => line.trim() !== '')
    ?.trim()
    .slice(0, LINE_LIMIT)
}

/**
 * The last `count` lines of a log file, oldest first.
 *
 * Reads 8 MiB at most: lines before that are left out, and the first one may begin in its middle.
 */
export function tailLog(path: string, count: number): string[] {
  const size = logSize(path)
  if (size === 0 || count === 0) return []
  const file = openSync(path, 'r')
  try {
    const text = readEnd(file, size, count).toString('utf8')
    return text.replace(/\n$/, '').split('\n').slice(-count)
  } finally {
    closeSync(file)
  }
}

/** The end of a file, from a place before its last `count` lines. */
function readEnd(file: number, size: number, count: number): Buffer {
  const chunks: Buffer[] = []
  const first = Math.max(0, size - TAIL_LIMIT_BYTES)
  let from = size
  // The end of the last line, and the one before the first wanted.
  for (let missing = count + 1; from > first && missing > 0; ) {
    const to = from
    from = Math.max(first, to - CHUNK_BYTES)
    const chunk = readBytes(file, from, to)
    chunks.unshift(chunk)
    missing -= countNewlines(chunk)
  }
  return Buffer.concat(chunks)
}

function countNewlines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}

/** The text between two byte offsets; a file that is shorter gives what it has. */
export function readRange(path: string, from: number, to: number): string {
  const file = openSync(path, 'r')
  try {
    return readBytes(file, from, Math.min(to, fstatSync(file).size)).toString('utf8')
  } finally {
    closeSync(file)
  }
}

/** The bytes between two offsets; fewer where the file has become shorter. */
function readBytes(file: number, from: number, to: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, to - from))
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from))
}
