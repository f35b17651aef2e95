import { type FileHandle, open, stat } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { setTimeout as sleep } from 'node:timers/promises'
import { olderSpotlightFile, type SpotlightRecord } from './spotlight.ts'

const POLL_MS = 200
const PIECE_BYTES = 64 * 1024

/**
 * Reads the telemetry line by line, older lines first; a missing file has none, and a line that is not ours is
 * skipped.
 */
export async function* readRecords(file: string): AsyncGenerator<SpotlightRecord> {
  const handles = await openBoth(file)
  try {
    for (const handle of handles) {
      for await (const line of handle.readLines()) {
        const record = readRecord(line)
        if (record !== undefined) yield record
      }
    }
  } finally {
    await Promise.all(handles.map((handle) => handle.close()))
  }
}

/** One line as a record; undefined if it is none. */
export function readRecord(line: string): SpotlightRecord | undefined {
  try {
    const record = JSON.parse(line)
    return typeof record?.ts === 'string' && typeof record.event === 'string' ? record : undefined
  } catch {
    return undefined
  }
}

/** Every line that is added from now on, also after the file has moved aside, until `signal` aborts. */
export async function* followLines(file: string, signal: AbortSignal): AsyncGenerator<string> {
  let reading = await openReading(file, 'end')
  try {
    while (!signal.aborted) {
      reading ??= await openReading(file, 'start')
      const lines = reading && (await readOn(reading))
      if (lines !== undefined) yield* lines
      else if (reading?.isLeft) {
        await reading.handle.close()
        reading = undefined
      } else if (reading !== undefined && (await isMoved(file, reading))) {
        // What was written between the last read and the move is read in the next rounds.
        reading.isLeft = true
      } else await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    await reading?.handle.close()
  }
}

interface Reading {
  readonly handle: FileHandle
  readonly decoder: StringDecoder
  offset: number
  rest: string
  /** Whether the file has moved aside, so that nothing is added to it any more. */
  isLeft: boolean
}

async function openReading(file: string, from: 'start' | 'end'): Promise<Reading | undefined> {
  const handle = await openIfThere(file)
  if (handle === undefined) return undefined
  const offset = from === 'end' ? (await handle.stat()).size : 0
  return { handle, decoder: new StringDecoder('utf8'), offset, rest: '', isLeft: false }
}

/** The next complete lines; undefined at the end of the file. A file that was cut short starts anew. */
async function readOn(reading: Reading): Promise<readonly string[] | undefined> {
  const { size } = await reading.handle.stat()
  if (size < reading.offset) reading.offset = 0
  const piece = Buffer.alloc(PIECE_BYTES)
  const { bytesRead } = await reading.handle.read(piece, 0, piece.length, reading.offset)
  if (bytesRead === 0) return undefined
  reading.offset += bytesRead
  const text = reading.rest + reading.decoder.write(piece.subarray(0, bytesRead))
  const lines = text.split('\n')
  reading.rest = lines.pop() ?? ''
  return lines
}

async function isMoved(file: string, { handle }: Reading): Promise<boolean> {
  const there = await stat(file).catch(() => undefined)
  return there !== undefined && there.ino !== (await handle.stat()).ino
}

/** The older file and the newer one, as far as they are there. */
async function openBoth(file: string): Promise<readonly FileHandle[]> {
  // In this order a file that moves in between is opened twice, not missed.
  const newer = await openIfThere(file)
  const older = await openIfThere(olderSpotlightFile(file))
  if (newer === undefined || older === undefined) return [older, newer].filter((one) => !!one)
  if ((await newer.stat()).ino !== (await older.stat()).ino) return [older, newer]
  await older.close()
  return [newer]
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
