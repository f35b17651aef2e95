import type { Prospect } from './rank.ts'
import type { SpotlightRecord } from './spotlight.ts'

/** Counts for Prometheus. */
export interface Metrics {
  begin(): void
  end(record: SpotlightRecord): void
  /** Requests that have begun and not ended. */
  inFlight(): number
  /** The text format 0.0.4. */
  render(extra: {
    readonly prospects: readonly Prospect[]
    readonly spotlight: { readonly written: number; readonly dropped: number }
  }): string
}

/** Upper bounds of the latency histogram, seconds: from a cached list to a long generation. */
const BOUNDS: readonly number[] = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

/** Creates counters at zero. */
export function createMetrics(): Metrics {
  const requests = new Map<string, number>()
  const tokens = { prompt: 0, completion: 0 }
  const latency = { buckets: BOUNDS.map(() => 0), sum: 0, count: 0 }
  let active = 0

  return {
    begin: () => {
      active++
    },
    inFlight: () => active,
    end(record) {
      active--
      const labels = `event="${record.event}",status="${record.status}",end="${record.end}"`
      requests.set(labels, (requests.get(labels) ?? 0) + 1)
      tokens.prompt += record.prompt_tokens ?? 0
      tokens.completion += record.completion_tokens ?? 0
      const seconds = record.latency_ms / 1000
      latency.sum += seconds
      latency.count++
      for (const [index, bound] of BOUNDS.entries()) {
        if (seconds <= bound) latency.buckets[index] = (latency.buckets[index] ?? 0) + 1
      }
    },
    render({ prospects, spotlight }) {
      const usable = prospects.map(({ candidate, health }): [string, number] => [
        `name="${escapeLabel(candidate.name)}",rank="${candidate.rank}"`,
        health.usable ? 1 : 0,
      ])
      return [
        ...metric('requests_total', 'counter', [...requests]),
        ...metric('requests_in_flight', 'gauge', [['', active]]),
        ...metric('tokens_total', 'counter', [
          ['kind="prompt"', tokens.prompt],
          ['kind="completion"', tokens.completion],
        ]),
        ...metric('endpoint_usable', 'gauge', usable),
        ...metric('spotlight_lines_total', 'counter', [['', spotlight.written]]),
        ...metric('spotlight_dropped_total', 'counter', [['', spotlight.dropped]]),
        ...histogram(latency),
        '',
      ].join('\n')
    },
  }
}

function metric(
  name: string,
  type: string,
  rows: readonly (readonly [string, number])[],
): string[] {
  const full = `b00t_router_${name}`
  return [
    `# TYPE ${full} ${type}`,
    ...rows.map(([labels, value]) => `${full}${labels && `{${labels}}`} ${value}`),
  ]
}

function histogram(latency: { buckets: readonly number[]; sum: number; count: number }): string[] {
  const name = 'b00t_router_request_seconds'
  const bounds = [...BOUNDS.map(String), '+Inf']
  const counts = [...latency.buckets, latency.count]
  return [
    `# TYPE ${name} histogram`,
    ...bounds.map((bound, index) => `${name}_bucket{le="${bound}"} ${counts[index]}`),
    `${name}_sum ${latency.sum}`,
    `${name}_count ${latency.count}`,
  ]
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, '\\$&')
}
