import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { B00tError } from '../error.ts'
import { PRIVATE_FILE, writeFileAtomically } from '../file.ts'
import { Backlog } from './backlog.ts'

/** One line of the journal. `Data` is what it tells; the rest ties it to the line before. */
export type JournalLine<Data extends object = Record<string, unknown>> = Data & {
  /** Counts lines from 1. */
  readonly seq: number
  /** RFC 3339, UTC. */
  readonly at: string
  /** `hash` of the line before; 64 zeros in the first. */
  readonly prev: string
  /** SHA-256 of this line's bytes without `,"hash":"…"`, hexadecimal. Always the last key. */
  readonly hash: string
}

const FIRST = '0'.repeat(64)
const FIRST_OF = { seq: 0, hash: FIRST }
const SEALED = /^(?<text>\{.*),"hash":"(?<hash>[0-9a-f]{64})"\}$/

/**
 * An append-only file in which {@link verifyJournal} finds every line that was changed, put between, or
 * removed from before another one. Lines cut off at its end leave no trace in it.
 */
export class Journal {
  /** What was found damaged when it was opened, as a sentence without a period. */
  readonly damage: string | undefined
  readonly #file: number
  readonly #backlog = new Backlog((data, at) => this.append(data, at))
  #seq: number
  #prev: string
  /** Bytes of whole lines. */
  #size: number
  #isClosed = false

  /**
   * Opens or makes the file; a last line cut short by a crash is removed. Damaged lines at the end are moved
   * to a file `<path>.damaged-<time>` beside it, and a line of kind `damaged` says so.
   */
  constructor(path: string, now: Date = new Date()) {
    const { last, size, damaged } = findEnd(path)
    const aside = `${path}.damaged-${now.toISOString().replaceAll(/[-:]/g, '')}`
    if (damaged) writeFileAtomically(aside, readFileSync(path).subarray(size))
    this.#seq = last.seq
    this.#prev = last.hash
    this.#size = size
    this.#file = openSync(path, 'a+', PRIVATE_FILE)
    ftruncateSync(this.#file, size)
    if (damaged) {
      this.damage = `Damaged end of the audit journal: ${damageText(damaged, aside)}`
      this.record(damageNote(damageText(damaged, aside)), now, () => undefined)
    }
  }

  /**
   * Writes one line; it is on the disk when this returns.
   *
   * @throws what the system says; the file is as before then
   */
  append<Data extends object>(data: Data, at: Date): JournalLine<Data> {
    // The number of a closed descriptor may belong to another file by now.
    if (this.#isClosed) throw new Error('the journal is closed')
    const unsealed = { seq: this.#seq + 1, at: at.toISOString(), ...data, prev: this.#prev }
    const text = JSON.stringify(unsealed)
    const hash = hashOf(Buffer.from(text))
    this.#write(Buffer.from(`${text.slice(0, -1)},"hash":"${hash}"}\n`))
    this.#seq = unsealed.seq
    this.#prev = hash
    return { ...unsealed, hash }
  }

  /**
   * Like {@link append}, but never throws: a line that cannot be written now is kept and tried again.
   *
   * @param report - is told of the first failure, and of what was written late or lost
   */
  record(data: object, at: Date, report: (message: string) => void): void {
    this.#backlog.add(data, at, report)
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return
    this.#backlog.close()
    this.#isClosed = true
    closeSync(this.#file)
  }

  #write(line: Buffer): void {
    const { size } = fstatSync(this.#file)
    const start = Math.min(size, this.#size)
    if (size > start) ftruncateSync(this.#file, start)
    try {
      writeFileSync(this.#file, line)
      fdatasyncSync(this.#file)
    } catch (thrown) {
      ftruncateSync(this.#file, start)
      throw thrown
    }
    this.#size = start + line.length
  }
}

/** Every line of a journal, oldest first; `[]` where there is none yet. */
export function readJournal<Data extends object>(path: string): JournalLine<Data>[] {
  return splitLines(completeLines(path)).map(
    (line, index) => parseLine(path, line, index) as JournalLine<Data>,
  )
}

/**
 * Checks numbers and hashes of every line.
 *
 * @returns the number of lines
 * @throws B00tError `AUDIT_BROKEN` at the first line that does not fit
 */
export function verifyJournal(path: string): number {
  let before = FIRST
  const lines = splitLines(completeLines(path))
  for (const [index, line] of lines.entries()) {
    const { seq, prev, hash } = parseLine(path, line, index)
    const fits = seq === index + 1 && prev === before && isSealed(line)
    if (!fits) throw broken({ path, index }, 'was changed, or a line before it is missing')
    before = hash
  }
  return lines.length
}

/** The last line that the chain can go on from, where it ends, and how many damaged lines come after. */
function findEnd(path: string): {
  last: { seq: number; hash: string }
  size: number
  damaged: number
} {
  const bytes = completeLines(path)
  const lines = splitLines(bytes)
  const index = lines.findLastIndex((line, at) => isSealed(line) && canBeParsed(path, line, at))
  const damaged = lines.slice(index + 1)
  const damagedBytes = damaged.reduce((sum, line) => sum + line.length + 1, 0)
  const line = lines[index]
  return {
    last: line === undefined ? FIRST_OF : parseLine(path, line, index),
    size: bytes.length - damagedBytes,
    damaged: damaged.length,
  }
}

/** What the journal says of lines that were moved out of it, with the keys that every line has. */
function damageNote(reason: string): object {
  return { kind: 'damaged', surface: '-', generation: 0, actor: 'b00t', role: 'viewer', reason }
}

function damageText(lines: number, aside: string): string {
  return `${lines} ${lines === 1 ? 'line was' : 'lines were'} moved to ${aside}`
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Whether the line's bytes are those that were hashed: a parsed line would not show a key given twice. */
function isSealed(line: string): boolean {
  const { text, hash } = SEALED.exec(line)?.groups ?? {}
  return text !== undefined && hashOf(Buffer.from(`${text}}`, 'latin1')) === hash
}

function completeLines(path: string): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0)
  const bytes = readFileSync(path)
  return bytes.subarray(0, bytes.lastIndexOf('\n') + 1)
}

/** Each line with one character for each byte, so that none is lost. */
function splitLines(bytes: Buffer): string[] {
  return bytes.length === 0 ? [] : bytes.toString('latin1', 0, bytes.length - 1).split('\n')
}

function canBeParsed(path: string, line: string, index: number): boolean {
  try {
    parseLine(path, line, index)
    return true
  } catch {
    return false
  }
}

function parseLine(path: string, line: string, index: number): JournalLine {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(line, 'latin1').toString('utf8'))
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
