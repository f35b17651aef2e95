import { describe, expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'
import { eventOf, type SpotlightRecord } from './spotlight.ts'
import { describeRoute } from './target.ts'

const record: SpotlightRecord = {
  ...{ ts: '', event: 'spotlight.llm.chat', request_id: '', consumer: null, key_id: null },
  ...{ endpoint: '', model: null, backend: null, status: 200, stream: false, latency_ms: 30 },
  ...{ ttft_ms: null, queue_ms: 0, prompt_tokens: 2, completion_tokens: null },
  ...{ bytes_in: 0, bytes_out: 0, end: 'ok' },
}

describe('createMetrics()', () => {
  test('given one request that ended and one that did not, renders both', () => {
    const metrics = createMetrics()
    metrics.begin()
    metrics.begin()
    metrics.end(record)
    const candidate = { name: 'a"b', rank: 'local', kind: 'openai', urls: [], models: [] } as const
    const health = { usable: true, why: '', url: '' }
    const text = metrics.render({
      prospects: [{ candidate, health }],
      spotlight: { written: 1, dropped: 3, suppressed: 4 },
    })
    const lines = text.split('\n')
    for (const line of [
      'b00t_router_requests_total{event="spotlight.llm.chat",status="200",end="ok"} 1',
      'b00t_router_requests_in_flight 1',
      'b00t_router_tokens_total{kind="prompt"} 2',
      'b00t_router_endpoint_usable{name="a\\"b",rank="local"} 1',
      'b00t_router_spotlight_dropped_total 3',
      'b00t_router_spotlight_suppressed_total 4',
      'b00t_router_request_seconds_bucket{le="0.025"} 0',
      'b00t_router_request_seconds_bucket{le="0.1"} 1',
      'b00t_router_request_seconds_bucket{le="+Inf"} 1',
      'b00t_router_request_seconds_sum 0.03',
    ]) {
      expect(lines).toContain(line)
    }
    expect(text.endsWith('\n')).toBe(true)
    expect(metrics.inFlight()).toBe(1)
  })

  test('given a thousand made-up paths, keeps one count for them', () => {
    const metrics = createMetrics()
    for (let index = 0; index < 1000; index++) {
      const word = String(index).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')
      metrics.begin()
      metrics.end({ ...record, event: eventOf(describeRoute(`/v1/${word}`)), status: 401 })
    }
    const spotlight = { written: 0, dropped: 0, suppressed: 0 }
    const counts = metrics.render({ prospects: [], spotlight }).match(/^.*requests_total{.*$/gm)
    expect(counts).toEqual([
      'b00t_router_requests_total{event="spotlight.llm.other",status="401",end="ok"} 1000',
    ])
  })
})
