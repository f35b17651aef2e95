import { B00tError, type CommandInput, parseDuration } from '#core'
import { type SpotlightRecord, spotlightFile } from './spotlight.ts'
import { followLines, readRecord, readRecords } from './spotlight-file.ts'
import { GROUPINGS, type Grouping, type GroupSummary, summarize } from './spotlight-summary.ts'

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
  for await (const line of followLines(spotlightFile(input.host.home), input.signal)) {
    if (readRecord(line) !== undefined) input.print(line)
  }
  return 0
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
