import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import { B00tError } from '../error.ts'
import { PRIVATE_FILE } from '../file.ts'

/** One line of the journal. `Data` is what it tells; the rest ties it to the line before. */
export type JournalLine<Data extends object = Record<string, unknown>> = Data & {
  /** Counts lines from 1. */
  readonly seq: number
  /** RFC 3339, UTC. */
  readonly at: string
  /** `hash` of the line before; 64 zeros in the first. */
  readonly prev: string
  /** SHA-256 of this line without `hash`, hexadecimal. */
  readonly hash: string
}

const FIRST = '0'.repeat(64)
const FIRST_OF = { seq: 0, hash: FIRST }

/** An append-only file in which no line can be changed, removed or put between without being found. */
export class Journal {
  readonly #file: number
  #seq: number
  #prev: string

  /**
   * Opens or makes the file; a last line cut short by a crash is removed.
   *
   * @throws B00tError `AUDIT_BROKEN` when the last whole line cannot be continued
   */
  constructor(path: string) {
    const bytes = completeLines(path)
    const lines = bytes.toString('utf8').trimEnd().split('\n')
    const last = bytes.length > 0 ? parseLine(path, lines.at(-1) ?? '', lines.length - 1) : FIRST_OF
    this.#seq = last.seq
    this.#prev = last.hash
    this.#file = openSync(path, 'a+', PRIVATE_FILE)
    ftruncateSync(this.#file, bytes.length)
  }

  /** Writes one line; it is on the disk when this returns. */
  append<Data extends object>(data: Data, at: Date): JournalLine<Data> {
    const unsealed = { seq: this.#seq + 1, at: at.toISOString(), ...data, prev: this.#prev }
    const line = { ...unsealed, hash: hashOf(unsealed) }
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
    fdatasyncSync(this.#file)
    this.#seq = line.seq
    this.#prev = line.hash
    return line
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}

/** Every line of a journal, oldest first; `[]` where there is none yet. */
export function readJournal<Data extends object>(path: string): JournalLine<Data>[] {
  const text = completeLines(path).toString('utf8').trimEnd()
  if (text === '') return []
  return text.split('\n').map((line, index) => parseLine(path, line, index) as JournalLine<Data>)
}

/**
 * Checks numbers and hashes of every line.
 *
 * @returns the number of lines
 * @throws B00tError `AUDIT_BROKEN` at the first line that does not fit
 */
export function verifyJournal(path: string): number {
  let prev = FIRST
  const lines = readJournal(path)
  for (const [index, { hash, ...rest }] of lines.entries()) {
    const fits = rest.seq === index + 1 && rest.prev === prev && hashOf(rest) === hash
    if (!fits) throw broken({ path, index }, 'was changed, or a line before it is missing')
    prev = hash
  }
  return lines.length
}

function hashOf(unsealed: object): string {
  return createHash('sha256').update(JSON.stringify(unsealed)).digest('hex')
}

function completeLines(path: string): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0)
  const bytes = readFileSync(path)
  return bytes.subarray(0, bytes.lastIndexOf('\n') + 1)
}

function parseLine(path: string, line: string, index: number): JournalLine {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw broken({ path, index }, 'is not JSON', cause)
  }
  const { seq, hash } = (value ?? {}) as Partial<JournalLine>
  if (typeof seq === 'number' && typeof hash === 'string') return value as JournalLine
  throw broken({ path, index }, 'has no number or no hash')
}

function broken(
  { path, index }: { path: string; index: number },
  how: string,
  cause?: unknown,
): B00tError {
  return new B00tError('AUDIT_BROKEN', `Line ${index + 1} of the journal ${how}`, {
    at: { file: path, line: index + 1, column: 1 },
    cause,
  })
}
