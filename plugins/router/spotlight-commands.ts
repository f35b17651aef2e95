import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { B00tError, type CommandInput, parseDuration } from '#core'
import { type SpotlightRecord, spotlightFile } from './spotlight.ts'
import { readRecord, readRecords } from './spotlight-file.ts'
import { GROUPINGS, type Grouping, type GroupSummary, summarize } from './spotlight-summary.ts'

const TAIL_POLL_MS = 200
const TAIL_BYTES = 64 * 1024

/** `server spotlight query` */
export async function runQuery(input: CommandInput): Promise<number> {
  const since = new Date(Date.now() - parseDuration(String(input.options.since ?? '7d')))
  const by = readGrouping(String(input.options.by ?? 'consumer'))
  const records: SpotlightRecord[] = []
  for await (const record of readRecords(spotlightFile(input.host.home))) {
    if (Date.parse(record.ts) >= since.getTime()) records.push(record)
  }
  const groups = summarize(records, by)
  if (input.options.json === true) {
    input.print(JSON.stringify({ since: since.toISOString(), by, groups }, undefined, 2))
    return 0
  }
  if (groups.length === 0) input.note('No requests in this time')
  else for (const line of formatTable(by, groups)) input.print(line)
  return 0
}

/** `server spotlight tail`: every new line, until Ctrl-C. */
export async function runTail(input: CommandInput): Promise<number> {
  const file = spotlightFile(input.host.home)
  let offset: number | undefined
  let rest = ''
  while (!input.signal.aborted) {
    const part = await readFrom(file, offset)
    offset = part.end
    const lines = (rest + part.text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (readRecord(line) !== undefined) input.print(line)
    await sleep(TAIL_POLL_MS, undefined, { signal: input.signal }).catch(() => undefined)
  }
  return 0
}

/** Text after an offset; without one, nothing but the file's end. A shorter file was rotated and starts anew. */
async function readFrom(
  file: string,
  offset: number | undefined,
): Promise<{ readonly text: string; readonly end: number }> {
  const handle = await open(file).catch(() => undefined)
  if (handle === undefined) return { text: '', end: 0 }
  try {
    const { size } = await handle.stat()
    if (offset === undefined) return { text: '', end: size }
    const start = size < offset ? 0 : offset
    const bytes = Buffer.alloc(Math.min(size - start, TAIL_BYTES))
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
    return { text: bytes.toString('utf8', 0, bytesRead), end: start + bytesRead }
  } finally {
    await handle.close()
  }
}

function readGrouping(word: string): Grouping {
  const grouping = GROUPINGS.find((known) => known === word)
  if (grouping !== undefined) return grouping
  throw new B00tError('USAGE', `Cannot group by "${word}": expected ${GROUPINGS.join(', ')}`)
}

function formatTable(by: Grouping, groups: readonly GroupSummary[]): readonly string[] {
  const head = [by, 'requests', 'prompt', 'completion', 'p50 ms', 'p95 ms', 'p99 ms', 'ttft p50']
  const rows = groups.map((group) => [
    group.name ?? '-',
    ...[group.requests, group.prompt_tokens, group.completion_tokens].map(String),
    ...[group.latency_ms.p50, group.latency_ms.p95, group.latency_ms.p99].map(number),
    number(group.ttft_ms.p50),
    `${(group.error_share * 100).toFixed(1)} %`,
  ])
  const table = [[...head, 'errors'], ...rows]
  const widths = table[0]?.map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  )
  return table.map((row) =>
    row
      .map((cell, column) =>
        column ? cell.padStart(widths?.[column] ?? 0) : cell.padEnd(widths?.[0] ?? 0),
      )
      .join('  '),
  )
}

function number(value: number | null): string {
  return value === null ? '-' : value.toFixed(0)
}
