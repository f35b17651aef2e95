/** The model that the scripted upstream lists. */
const MODEL = 'canned'

/** A chat answer of about 1.5 kB, as a model server sends it. */
export const CHAT_BODY: Buffer = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-canned',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: MODEL,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'An answer of some length. '.repeat(48) },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 250, completion_tokens: 290, total_tokens: 540 },
  }),
)

/** How many chunks a streamed answer has. */
const STREAM_CHUNKS = 200

/** The events of a streamed answer, each sent as a chunk of its own. */
export const STREAM_EVENTS: readonly Buffer[] = Array.from({ length: STREAM_CHUNKS }, (_, index) =>
  Buffer.from(
    index === STREAM_CHUNKS - 1
      ? 'data: [DONE]\n\n'
      : `data: {"id":"chatcmpl-canned","object":"chat.completion.chunk","created":1700000000,"model":"${MODEL}","choices":[{"index":0,"delta":{"content":" word ${index}"},"finish_reason":null}]}\n\n`,
  ),
)

/** All events in a row: what a client must receive, byte for byte. */
export const STREAM_BODY: Buffer = Buffer.concat(STREAM_EVENTS)

/** What the upstream answers when asked for its models. */
export const MODELS_BODY: Buffer = Buffer.from(
  JSON.stringify({
    object: 'list',
    data: [{ id: MODEL, object: 'model', created: 1, owned_by: 'bench' }],
  }),
)

/** A chat request of about 1 kB over a connection that stays open, ready to be written. Pure. */
export function chatRequest(host: string, token: string, stream: boolean): Buffer {
  const body = JSON.stringify({
    model: MODEL,
    stream,
    messages: [{ role: 'user', content: 'A question of some length. '.repeat(34) }],
  })
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `host: ${host}`,
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    'accept: application/json',
    'user-agent: b00t-bench',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
