import type { Prospect } from './rank.ts'
import type { SpotlightRecord } from './spotlight.ts'
import type { SpotlightCounts } from './spotlight-writer.ts'

/** Counts for Prometheus. */
export interface Metrics {
  begin(): void
  end(record: SpotlightRecord): void
  /** Requests that have begun and not ended. */
  inFlight(): number
  /** The text format 0.0.4. */
  render(extra: {
    readonly prospects: readonly Prospect[]
    readonly spotlight: SpotlightCounts
  }): string
}

/** Upper bounds of the latency histogram, seconds: from a cached list to a long generation. */
const BOUNDS: readonly number[] = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

/** Creates counters at zero. */
export function createMetrics(): Metrics {
  const requests = new Map<string, number>()
  const tokens = { prompt: 0, completion: 0 }
  const latency = createHistogram('request_seconds', BOUNDS)
  let active = 0

  return {
    begin: () => {
      active++
    },
    inFlight: () => active,
    end(record) {
      active--
      // Each of the three comes from a fixed set: what clients may choose would grow without end.
      const labels = `event="${record.event}",status="${record.status}",end="${record.end}"`
      requests.set(labels, (requests.get(labels) ?? 0) + 1)
      tokens.prompt += record.prompt_tokens ?? 0
      tokens.completion += record.completion_tokens ?? 0
      latency.observe(record.latency_ms / 1000)
    },
    render({ prospects, spotlight }) {
      return [
        ...metric('requests_total', 'counter', [...requests]),
        ...metric('requests_in_flight', 'gauge', [['', active]]),
        ...metric('tokens_total', 'counter', [
          ['kind="prompt"', tokens.prompt],
          ['kind="completion"', tokens.completion],
        ]),
        ...metric('endpoint_usable', 'gauge', prospects.map(usableRow)),
        ...metric('spotlight_lines_total', 'counter', [['', spotlight.written]]),
        ...metric('spotlight_dropped_total', 'counter', [['', spotlight.dropped]]),
        ...metric('spotlight_suppressed_total', 'counter', [['', spotlight.suppressed]]),
        ...latency.render(),
        '',
      ].join('\n')
    },
  }
}

type Row = readonly [labels: string, value: number]

function usableRow({ candidate, health }: Prospect): Row {
  const labels = `name="${escapeLabel(candidate.name)}",rank="${candidate.rank}"`
  return [labels, health.usable ? 1 : 0]
}

function metric(name: string, type: string, rows: readonly Row[]): string[] {
  const full = `b00t_router_${name}`
  return [
    `# TYPE ${full} ${type}`,
    ...rows.map(([labels, value]) => `${full}${labels && `{${labels}}`} ${value}`),
  ]
}

/** Counts values by upper bounds, each count including those below it. */
function createHistogram(
  name: string,
  bounds: readonly number[],
): { observe(value: number): void; render(): string[] } {
  const full = `b00t_router_${name}`
  const buckets = bounds.map(() => 0)
  let sum = 0
  let count = 0
  return {
    observe(value) {
      sum += value
      count++
      for (const [index, bound] of bounds.entries()) {
        if (value <= bound) buckets[index] = (buckets[index] ?? 0) + 1
      }
    },
    render: () => [
      `# TYPE ${full} histogram`,
      ...bounds.map((bound, index) => `${full}_bucket{le="${bound}"} ${buckets[index]}`),
      `${full}_bucket{le="+Inf"} ${count}`,
      `${full}_sum ${sum}`,
      `${full}_count ${count}`,
    ],
  }
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, '\\$&')
}
