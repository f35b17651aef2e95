import type { SpotlightRecord } from './spotlight.ts'

/** What requests can be grouped by. */
export const GROUPINGS = ['consumer', 'model', 'endpoint', 'backend'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** The middle and the slow end of a set of durations, milliseconds; null where there was none. */
interface Percentiles {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** What happened in one group of requests. */
export interface GroupSummary {
  /** The group's name; null for requests that have none, e.g. the consumer of a refused one. */
  readonly name: string | null
  readonly requests: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly latency_ms: Percentiles
  /** Time to the first body byte. */
  readonly ttft_ms: Percentiles
  /** Share of requests that did not end well, 0 to 1; a client that hung up is not counted. */
  readonly error_share: number
}

interface Group {
  requests: number
  errors: number
  prompt: number
  completion: number
  readonly latencies: number[]
  readonly firstBytes: number[]
}

/** Sums records up, largest group first. */
export function summarize(records: Iterable<SpotlightRecord>, by: Grouping): GroupSummary[] {
  const groups = new Map<string | null, Group>()
  for (const record of records) {
    const name = record[by] ?? null
    const group = groups.get(name) ?? emptyGroup()
    groups.set(name, group)
    addRecord(group, record)
  }
  return [...groups]
    .map(([name, group]) => describeGroup(name, group))
    .sort((one, other) => other.requests - one.requests)
}

/** The value below which a share of the sorted values lies, by the nearest-rank rule. */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

function emptyGroup(): Group {
  return { requests: 0, errors: 0, prompt: 0, completion: 0, latencies: [], firstBytes: [] }
}

function addRecord(group: Group, record: SpotlightRecord): void {
  group.requests++
  group.prompt += record.prompt_tokens ?? 0
  group.completion += record.completion_tokens ?? 0
  if (typeof record.latency_ms === 'number') group.latencies.push(record.latency_ms)
  if (typeof record.ttft_ms === 'number') group.firstBytes.push(record.ttft_ms)
  // Lines of older versions have no status; they were written for answered requests only.
  const isGood = record.end === undefined || record.end === 'ok' || record.end === 'client_abort'
  if (!isGood || (record.end === 'ok' && record.status >= 400)) group.errors++
}

function describeGroup(name: string | null, group: Group): GroupSummary {
  return {
    name,
    requests: group.requests,
    prompt_tokens: group.prompt,
    completion_tokens: group.completion,
    latency_ms: percentiles(group.latencies),
    ttft_ms: percentiles(group.firstBytes),
    error_share: Math.round((group.errors / group.requests) * 10_000) / 10_000,
  }
}

function percentiles(values: number[]): Percentiles {
  values.sort((one, other) => one - other)
  return {
    p50: percentile(values, 0.5),
    p95: percentile(values, 0.95),
    p99: percentile(values, 0.99),
  }
}
