import {
  appendFile,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventOf, type SpotlightRecord } from './spotlight.ts'
import { followLines, readRecords } from './spotlight-file.ts'
import { percentile, summarize } from './spotlight-summary.ts'
import { createSpotlight } from './spotlight-writer.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'b00t-spotlight-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function record(more: Partial<SpotlightRecord> = {}): SpotlightRecord {
  return {
    ...{ ts: '2026-01-01T00:00:00.000Z', event: 'spotlight.llm.chat', request_id: 'r' },
    ...{ consumer: 'c', key_id: 'k', endpoint: '/v1/chat/completions', model: 'm' },
    ...{ backend: 'b', status: 200, stream: false, latency_ms: 10, ttft_ms: 5, queue_ms: 0 },
    ...{ prompt_tokens: 1, completion_tokens: 2, bytes_in: 3, bytes_out: 4, end: 'ok' },
    ...more,
  }
}

describe('createSpotlight()', () => {
  test('given records, writes a line each into a private file', async () => {
    const file = join(folder, 'spotlight.jsonl')
    const writer = createSpotlight(file, () => undefined)
    writer.push(record())
    writer.push(record({ model: 'n' }))
    await writer.flush()
    expect(
      (await readFile(file, 'utf8'))
        .split('\n')
        .slice(0, 2)
        .map((line) => JSON.parse(line)),
    ).toEqual([record(), record({ model: 'n' })])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(writer.counts()).toEqual({ written: 2, dropped: 0, suppressed: 0 })
  })

  test('given a disk that takes nothing, counts the losses and says it once', async () => {
    let failures = 0
    const writer = createSpotlight(join(folder, 'no', 'such', 'folder'), () => failures++)
    writer.push(record())
    await writer.flush()
    writer.push(record())
    await writer.flush()
    expect(writer.counts()).toEqual({ written: 0, dropped: 2, suppressed: 0 })
    expect(failures).toBe(1)
  })

  test('given more than the queue holds, drops the rest', async () => {
    const writer = createSpotlight(join(folder, 'f'), () => undefined)
    for (let index = 0; index < 10_050; index++) writer.push(record())
    await writer.flush()
    expect(writer.counts()).toEqual({ written: 10_000, dropped: 50, suppressed: 0 })
  })
})

describe('createSpotlight() and the size of its file', () => {
  test('given many requests without a key, writes sixty of them and counts the rest', async () => {
    const file = join(folder, 'f')
    const writer = createSpotlight(file, () => undefined)
    for (let index = 0; index < 500; index++) writer.push(record({ key_id: null }))
    writer.push(record())
    await writer.flush()
    expect(writer.counts()).toEqual({ written: 61, dropped: 0, suppressed: 440 })
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(61)
  })

  test('given a full file, moves it aside, keeps one such and reads both', async () => {
    const file = join(folder, 'f')
    const size = JSON.stringify(record({ request_id: '0' })).length + 1
    const writer = createSpotlight(file, () => undefined, 2 * size)
    for (let index = 0; index < 7; index++) {
      writer.push(record({ request_id: String(index) }))
      await writer.flush()
    }
    const ids: string[] = []
    for await (const one of readRecords(file)) ids.push(one.request_id)
    expect(ids).toEqual(['4', '5', '6'])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await readdir(folder)).sort()).toEqual(['f', 'f.1'])
  })
})

describe('followLines()', () => {
  test('given a file that moves aside, misses no line', async () => {
    const file = join(folder, 'f')
    const stop = new AbortController()
    const seen: string[] = []
    await writeFile(file, 'old\n')
    const following = (async () => {
      for await (const line of followLines(file, stop.signal)) seen.push(line)
    })()
    const sees = (line: string) => expect.poll(() => seen, { timeout: 10_000 }).toContain(line)
    while (!seen.includes('first')) {
      await appendFile(file, 'first\n')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await appendFile(file, 'before\n')
    await rename(file, `${file}.1`)
    await appendFile(file, 'after\n')
    await sees('after')
    await appendFile(file, 'gr\u00fc')
    await appendFile(file, 'n\n')
    await sees('gr\u00fcn')
    stop.abort()
    await following
    expect(seen.filter((line) => line !== 'first')).toEqual(['before', 'after', 'gr\u00fcn'])
  })
})

describe('readRecords()', () => {
  test('given no file, reads nothing', async () => {
    const records: unknown[] = []
    for await (const one of readRecords(join(folder, 'none'))) records.push(one)
    expect(records).toEqual([])
  })
})

describe('eventOf()', () => {
  test('given a route, names the event', () => {
    expect(eventOf('/v1/chat/completions')).toBe('spotlight.llm.chat')
    expect(eventOf('/v1/embeddings')).toBe('spotlight.llm.embeddings')
    expect(eventOf('/v1/models/*')).toBe('spotlight.llm.models')
    expect(eventOf('/v1/*')).toBe('spotlight.llm.other')
    expect(eventOf('/v1')).toBe('spotlight.llm.other')
    expect(eventOf('/v1/whatever')).toBe('spotlight.llm.other')
  })
})

describe('summarize()', () => {
  test('given records of two models, sums each up', () => {
    const records = [
      ...Array.from({ length: 100 }, (_, index) => record({ latency_ms: index + 1 })),
      record({
        model: 'n',
        status: 502,
        end: 'upstream_error',
        ttft_ms: null,
        prompt_tokens: null,
      }),
      record({ model: 'n', status: 200, end: 'client_abort' }),
    ]
    expect(summarize(records, 'model')).toEqual([
      {
        name: 'm',
        requests: 100,
        prompt_tokens: 100,
        completion_tokens: 200,
        latency_ms: { p50: 50, p95: 95, p99: 99 },
        ttft_ms: { p50: 5, p95: 5, p99: 5 },
        error_share: 0,
      },
      expect.objectContaining({ name: 'n', requests: 2, prompt_tokens: 1, error_share: 0.5 }),
    ])
  })
})

describe('percentile()', () => {
  test('given no values, is null', () => {
    expect(percentile([], 0.5)).toBeNull()
    expect(percentile([7], 0.99)).toBe(7)
  })
})
