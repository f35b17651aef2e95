import type { FinishReason } from './generation.ts'

/** Token counts of one answer. */
export interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

/** What all parts of one answer share. */
export interface AnswerHead {
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
}

/** Usage of a prompt and an answer, in tokens. */
export function countUsage(prompt: number, completion: number): Usage {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  }
}

/** A whole answer, as the API gives it without streaming. */
export function describeAnswer(
  head: AnswerHead,
  answer: { content: string; reason: FinishReason; usage: Usage },
): object {
  const message = { role: 'assistant', content: answer.content, refusal: null }
  return {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.reason }],
    usage: answer.usage,
  }
}

/** The part of an answer that one streamed chunk carries. */
export type Delta =
  | { readonly role: 'assistant'; readonly content: '' }
  | { readonly content: string }
  | { readonly reason: FinishReason }

/** One streamed chunk; `usage: null` stands in each when usage will follow at the end. */
export function describeChunk(head: AnswerHead, delta: Delta, includeUsage: boolean): object {
  const [content, reason] = 'reason' in delta ? [{}, delta.reason] : [delta, null]
  return {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: content, logprobs: null, finish_reason: reason }],
    ...(includeUsage && { usage: null }),
  }
}

/** The last streamed chunk, when usage was asked for. */
export function describeUsageChunk(head: AnswerHead, usage: Usage): object {
  return { ...head, object: 'chat.completion.chunk', choices: [], usage }
}

/** A value as one server-sent event. */
export function encodeEvent(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

/** What ends every stream. */
export const LAST_EVENT = 'data: [DONE]\n\n'
