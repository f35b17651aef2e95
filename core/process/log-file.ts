import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

const TAIL_BYTES = 4096
const LINE_LIMIT = 300

/** Bytes in a log file; 0 where there is none yet. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
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

/** The last `count` lines of a log file, oldest first. */
export function tailLog(path: string, count: number): string[] {
  const size = logSize(path)
  if (size === 0 || count === 0) return []
  let from = size
  let text = ''
  while (from > 0 && text.split('\n').length <= count + 1) {
    from = Math.max(0, from - 64 * 1024)
    text = readRange(path, from, size)
  }
  return text.replace(/\n$/, '').split('\n').slice(-count)
}

/** The text between two byte offsets; a file that is shorter gives what it has. */
export function readRange(path: string, from: number, to: number): string {
  const file = openSync(path, 'r')
  try {
    const length = Math.min(to, fstatSync(file).size) - from
    if (length <= 0) return ''
    const bytes = Buffer.alloc(length)
    const read = readSync(file, bytes, 0, length, from)
    return bytes.toString('utf8', 0, read)
  } finally {
    closeSync(file)
  }
}
