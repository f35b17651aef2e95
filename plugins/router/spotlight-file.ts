import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { SpotlightRecord } from './spotlight.ts'

/** Reads the telemetry line by line; a missing file has none, and a line that is not ours is skipped. */
export async function* readRecords(file: string): AsyncGenerator<SpotlightRecord> {
  const input = createReadStream(file, 'utf8')
  const opened = await new Promise<boolean>((resolve, reject) => {
    input.once('open', () => resolve(true))
    input.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? resolve(false) : reject(error),
    )
  })
  if (!opened) return
  for await (const line of createInterface({ input })) {
    const record = readRecord(line)
    if (record !== undefined) yield record
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
