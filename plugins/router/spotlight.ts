import { join } from 'node:path'
import { isKnownRoute } from './target.ts'

/** How a request ended. */
export type End =
  | 'ok'
  | 'client_abort'
  | 'upstream_error'
  | 'upstream_disconnect'
  | 'timeout'
  | 'rejected'

/** One line of `spotlight.jsonl`: counts and names, never content and never a key. */
export interface SpotlightRecord {
  /** RFC 3339, when the request arrived. */
  readonly ts: string
  readonly event: string
  readonly request_id: string
  readonly consumer: string | null
  readonly key_id: string | null
  readonly endpoint: string
  readonly model: string | null
  readonly backend: string | null
  /** What the client got; 499 if it left before an answer began. */
  readonly status: number
  readonly stream: boolean
  readonly latency_ms: number
  readonly ttft_ms: number | null
  readonly queue_ms: number
  readonly prompt_tokens: number | null
  readonly completion_tokens: number | null
  readonly bytes_in: number
  readonly bytes_out: number
  readonly end: End
}

/** Where the telemetry of a home folder stands. */
export function spotlightFile(home: string): string {
  return join(home, 'spotlight.jsonl')
}

/** Where older lines stand: the file as it was when it became too large. */
export function olderSpotlightFile(file: string): string {
  return `${file}.1`
}

/** The event name of a route such as `/v1/chat/completions`: one of a fixed set, whatever a client asks for. */
export function eventOf(endpoint: string): string {
  const first = endpoint.split('/')[2] ?? ''
  return `spotlight.llm.${isKnownRoute(first) ? first : 'other'}`
}
