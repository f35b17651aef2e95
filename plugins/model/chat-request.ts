import { refuse, refuseValue } from './refusal.ts'

/** One message of a chat; content made of parts is joined to one text. */
export interface ChatMessage {
  readonly role: string
  readonly content: string
}

/** A chat request, checked and with defaults filled in. */
export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly stream: boolean
  readonly includeUsage: boolean
  /** Most tokens to write; undefined for as many as the context holds. */
  readonly limit: number | undefined
  readonly stops: readonly string[]
  /** 0 to 2; 0 always takes the likeliest token. */
  readonly temperature: number
  /** Above 0, up to 1. */
  readonly topP: number
  readonly seed: number | undefined
}

/** What the server knows that a request does not say. */
export interface ChatDefaults {
  /** Names under which the model is served, the main one first. */
  readonly names: readonly string[]
  readonly temperature: number
}

type Body = Readonly<Record<string, unknown>>

/** @throws a refusal with status 400, or 404 for a model that is not served here */
export function readChatRequest(body: unknown, defaults: ChatDefaults): ChatRequest {
  const fields = readObject(body)
  const model = readModel(fields, defaults.names)
  refuseUnserved(fields)
  return {
    model,
    messages: readMessages(fields.messages),
    stream: fields.stream === true,
    includeUsage: fields.stream === true && isIncluded(fields.stream_options),
    limit:
      readNumber(fields, 'max_completion_tokens', { least: 1, most: MANY, whole: true }) ??
      readNumber(fields, 'max_tokens', { least: 1, most: MANY, whole: true }),
    stops: readStops(fields.stop),
    temperature: readNumber(fields, 'temperature', { least: 0, most: 2 }) ?? defaults.temperature,
    topP: readNumber(fields, 'top_p', { least: 0, most: 1 }) ?? 1,
    seed: readNumber(fields, 'seed', { least: -MANY, most: MANY, whole: true }),
  }
}

const MANY = Number.MAX_SAFE_INTEGER

/** The body as an object; anything else is refused. */
export function readObject(body: unknown): Body {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body
  throw refuse('Cannot read the request: its body is not a JSON object', {
    status: 400,
    code: 'invalid_json',
  })
}

/** The model asked for, which must be one that is served here. */
export function readModel(fields: Body, names: readonly string[]): string {
  const { model } = fields
  if (typeof model !== 'string' || model === '') {
    throw refuseValue('model', 'it is missing or not a text')
  }
  if (names.includes(model)) return model
  throw refuse(`Cannot find the model "${model}": this endpoint serves ${names.join(', ')}`, {
    status: 404,
    code: 'model_not_found',
    param: 'model',
  })
}

function refuseUnserved(fields: Body): void {
  if (fields.n !== undefined && fields.n !== null && fields.n !== 1) {
    throw refuseValue('n', 'this engine gives one answer per request')
  }
  const format = fields.response_format as { type?: unknown } | null | undefined
  if (format !== undefined && format !== null && format.type !== 'text') {
    throw refuseValue('response_format', 'this engine writes plain text only')
  }
}

function readMessages(messages: unknown): ChatMessage[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw refuseValue('messages', 'it is missing or not a list of messages')
  }
  return messages.map((message: unknown, index) => {
    const at = `messages[${index}]`
    if (typeof message !== 'object' || message === null) throw refuseValue(at, 'not an object')
    const { role, content } = message as { role?: unknown; content?: unknown }
    if (typeof role !== 'string') throw refuseValue(`${at}.role`, 'it is missing or not a text')
    return { role, content: readContent(content, `${at}.content`) }
  })
}

function readContent(content: unknown, at: string): string {
  if (typeof content === 'string') return content
  // An assistant message that only called tools has no content.
  if (content === null || content === undefined) return ''
  if (!Array.isArray(content)) throw refuseValue(at, 'it is neither a text nor a list of parts')
  return content
    .map((part: { type?: unknown; text?: unknown } | null) => {
      if (part?.type === 'text' && typeof part.text === 'string') return part.text
      throw refuseValue(at, 'it has a part that is not a text, and this engine reads text only')
    })
    .join('')
}

function isIncluded(options: unknown): boolean {
  return (options as { include_usage?: unknown } | null | undefined)?.include_usage === true
}

/** Most stop texts of one request, as in the OpenAI API. */
const MOST_STOPS = 4

/** Longest stop text, in characters: with each new token the end of the answer is compared with all of it. */
const LONGEST_STOP = 256

function readStops(stop: unknown): string[] {
  if (stop === undefined || stop === null) return []
  const stops: unknown[] = Array.isArray(stop) ? stop : [stop]
  if (stops.length > MOST_STOPS) {
    throw refuseValue('stop', `it has ${stops.length} texts, at most ${MOST_STOPS} are possible`)
  }
  return stops.map((text) => {
    if (typeof text !== 'string' || text === '') {
      throw refuseValue('stop', 'it is neither a text nor a list of texts, or one is empty')
    }
    if (text.length <= LONGEST_STOP) return text
    throw refuseValue(
      'stop',
      `one text has ${text.length} characters, at most ${LONGEST_STOP} are possible`,
    )
  })
}

interface Range {
  readonly least: number
  readonly most: number
  readonly whole?: boolean
}

function readNumber(fields: Body, param: string, range: Range): number | undefined {
  const value = fields[param]
  if (value === undefined || value === null) return undefined
  const fits = typeof value === 'number' && value >= range.least && value <= range.most
  if (fits && (range.whole !== true || Number.isInteger(value))) return value
  const kind = range.whole === true ? 'whole number' : 'number'
  const bounds =
    range.most === MANY ? `, ${range.least} or more` : ` from ${range.least} to ${range.most}`
  throw refuseValue(param, `it is not a ${kind}${range.least === -MANY ? '' : bounds}`)
}
