import { B00tError, messageOf } from '#core'
import type { Message } from './chatml.ts'
import type { Random } from './random.ts'

/** One training example: what was said, in order. */
export interface Conversation {
  readonly messages: readonly Message[]
}

const ROLES = ['system', 'user', 'assistant']

/**
 * Reads a dataset: one JSON object with `messages` per line; empty lines are skipped.
 *
 * @param text - the file's contents
 * @param file - its path, for messages
 * @throws {@link B00tError} `FINETUNE_DATASET_INVALID` at the first line that is not a conversation with an answer
 */
export function parseDataset(text: string, file: string): Conversation[] {
  const conversations = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    return [parseLine(line, { file, line: index + 1 })]
  })
  if (conversations.length > 0) return conversations
  throw new B00tError(
    'FINETUNE_DATASET_INVALID',
    'Cannot train on the dataset: it holds no conversation',
    { at: { file }, hint: 'Write one {"messages": […]} object per line.' },
  )
}

function parseLine(line: string, at: { file: string; line: number }): Conversation {
  const value = parseJson(line, at)
  const messages = isRecord(value) ? value.messages : undefined
  if (!Array.isArray(messages)) throw invalid('the line has no list "messages"', at)
  const turns = messages.map((message) => readMessage(message, at))
  if (turns.at(-1)?.role === 'assistant') return { messages: turns }
  throw invalid('the last message is not from the assistant, so there is nothing to learn', at)
}

function parseJson(line: string, at: { file: string; line: number }): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw invalid(`the line is not JSON (${messageOf(cause)})`, at, cause)
  }
}

function readMessage(message: unknown, at: { file: string; line: number }): Message {
  if (!isRecord(message)) throw invalid('a message is not an object', at)
  const { role, content } = message
  if (typeof role !== 'string' || !ROLES.includes(role)) {
    throw invalid(`a message has the role ${JSON.stringify(role)}, wanted ${ROLES.join(', ')}`, at)
  }
  if (typeof content === 'string' && content.trim() !== '') return { role, content }
  throw invalid('a message has no text in "content"', at)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function invalid(state: string, at: { file: string; line: number }, cause?: unknown): B00tError {
  return new B00tError('FINETUNE_DATASET_INVALID', `Cannot read the dataset: ${state}`, {
    at,
    hint: 'Write {"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}.',
    cause,
  })
}

/**
 * The conversation with its questions spelled more carelessly, so that the model knows those spellings too.
 *
 * @param chance - 0 to 1; how likely each change is (small letters, no mark at the end)
 */
export function varyQuestions(
  conversation: Conversation,
  chance: number,
  random: Random,
): Conversation {
  const messages = conversation.messages.map((message) => {
    const [small, bare] = [random.uniform() < chance, random.uniform() < chance]
    if (message.role !== 'user') return message
    const content = small ? message.content.toLowerCase() : message.content
    return { role: message.role, content: bare ? content.replace(/[.?!]+$/, '') : content }
  })
  return { messages }
}
