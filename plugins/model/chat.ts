import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import { type ChatRequest, readChatRequest } from './chat-request.ts'
import {
  type AnswerHead,
  countUsage,
  type Delta,
  describeAnswer,
  describeChunk,
  describeUsageChunk,
  encodeEvent,
  LAST_EVENT,
} from './chat-response.ts'
import { assertFits, type Finish, generate } from './generation.ts'
import { renderPieces, tokenizePieces } from './prompt-tokens.ts'
import { describeFailure } from './refusal.ts'
import type { Service } from './service.ts'

/** Where an answer goes and when to give up on it. */
export interface Exchange {
  readonly response: ServerResponse
  /** Aborts when the client has gone or the process ends. */
  readonly signal: AbortSignal
}

/** Answers a chat request, whole or as a stream. */
export async function answerChat(
  service: Service,
  body: unknown,
  exchange: Exchange,
): Promise<void> {
  const request = readChatRequest(body, service)
  const { model, contextTokens } = service.engine
  const prompt = tokenizePieces(renderPieces(request.messages, service), model)
  assertFits(prompt.length, contextTokens)
  const sequence = await service.seats.take(exchange.signal)
  try {
    await sequence.clearHistory()
    const pieces = generate({
      model,
      sequence,
      prompt,
      contextTokens,
      request,
      signal: exchange.signal,
    })
    await sendAnswer({ service, request, prompt, sequence, pieces }, exchange)
  } finally {
    service.seats.give(sequence)
  }
}

interface Answer {
  readonly service: Service
  readonly request: ChatRequest
  readonly prompt: readonly Token[]
  readonly sequence: LlamaContextSequence
  readonly pieces: AsyncGenerator<string, Finish>
}

async function sendAnswer(answer: Answer, exchange: Exchange): Promise<void> {
  const head: AnswerHead = {
    id: `chatcmpl-${randomUUID()}`,
    created: Math.floor(Date.now() / 1_000),
    model: answer.request.model,
  }
  if (answer.request.stream) await sendStream(answer, head, exchange)
  else await sendWhole(answer, head, exchange)
}

async function sendWhole(answer: Answer, head: AnswerHead, exchange: Exchange): Promise<void> {
  let content = ''
  let step = await answer.pieces.next()
  for (; step.done !== true; step = await answer.pieces.next()) content += step.value
  const { reason, tokens } = step.value
  const usage = countUsage(answer.prompt.length, tokens)
  exchange.response.setHeader('content-type', 'application/json')
  exchange.response.end(JSON.stringify(describeAnswer(head, { content, reason, usage })))
}

async function sendStream(answer: Answer, head: AnswerHead, exchange: Exchange): Promise<void> {
  const { includeUsage } = answer.request
  const send = (delta: Delta): Promise<void> =>
    write(exchange, encodeEvent(describeChunk(head, delta, includeUsage)))
  exchange.response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  })
  try {
    await send({ role: 'assistant', content: '' })
    let step = await answer.pieces.next()
    for (; step.done !== true; step = await answer.pieces.next()) {
      if (step.value !== '') await send({ content: step.value })
    }
    const { reason, tokens } = step.value
    await send({ reason })
    const usage = countUsage(answer.prompt.length, tokens)
    if (includeUsage) await write(exchange, encodeEvent(describeUsageChunk(head, usage)))
    exchange.response.end(LAST_EVENT)
  } catch (error) {
    // The status line is out: all that is left is an error event and an end without [DONE].
    exchange.response.end(encodeEvent(describeFailure(error).body))
  } finally {
    await answer.pieces.return({ reason: 'length', tokens: 0 })
  }
}

async function write({ response, signal }: Exchange, text: string): Promise<void> {
  signal.throwIfAborted()
  if (!response.write(text)) await once(response, 'drain', { signal })
}
