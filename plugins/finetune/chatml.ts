import type { Batch } from './language-model.ts'
import type { Tokenizer } from './tokenizer.ts'

/** One turn of a conversation. */
export interface Message {
  readonly role: string
  readonly content: string
}

/** Special tokens of every vocabulary made here, in this order. */
export const SPECIALS: readonly string[] = ['<|endoftext|>', '<|im_start|>', '<|im_end|>']

/** The token after which an answer is complete. */
export const END_OF_TURN = '<|im_end|>'

const ASK = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

/** Chat templates in the Jinja language, by the name a recipe uses for them. */
export const CHAT_TEMPLATES: Readonly<Record<string, string>> = {
  chatml: `{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + (message['content'] | trim) + '<|im_end|>\\n' }}{% endfor %}${ASK}`,
  'last-question': `{% set last = namespace(question='') %}{% for message in messages %}{% if message['role'] == 'user' %}{% set last.question = message['content'] %}{% endif %}{% endfor %}{{ '<|im_start|>user\\n' + (last.question | trim) + '<|im_end|>\\n' }}${ASK}`,
}

/** A piece of a rendered conversation. */
export interface Span {
  readonly text: string
  /** Whether the model is to learn to write this piece: true for answers and the end mark behind them. */
  readonly learn: boolean
}

/** The conversation as ChatML, the same text as the template `chatml` gives. */
export function renderConversation(messages: readonly Message[]): Span[] {
  return messages.flatMap(({ role, content }) => [
    { text: `<|im_start|>${role}\n`, learn: false },
    { text: `${content.trim()}${END_OF_TURN}`, learn: role === 'assistant' },
    { text: '\n', learn: false },
  ])
}

/** The question as the model is asked it, up to where its answer begins. */
export function renderQuestion(question: string): string {
  return `<|im_start|>user\n${question.trim()}${END_OF_TURN}\n<|im_start|>assistant\n`
}

/** A conversation as tokens: `targets[i]` is what should follow `tokens[i]`, or -1. */
export interface Example {
  readonly tokens: readonly number[]
  readonly targets: readonly number[]
}

/** Encodes a conversation; one token shorter than its text, as nothing follows the last one. */
export function encodeConversation(messages: readonly Message[], tokenizer: Tokenizer): Example {
  const encoded = renderConversation(messages).flatMap(({ text, learn }) =>
    tokenizer.encode(text).map((token) => ({ token, learn })),
  )
  return {
    tokens: encoded.slice(0, -1).map(({ token }) => token),
    targets: encoded.slice(1).map(({ token, learn }) => (learn ? token : -1)),
  }
}

/** Puts examples behind one another. */
export function joinExamples(examples: readonly Example[]): Batch {
  const starts = [0]
  for (const example of examples) starts.push((starts.at(-1) ?? 0) + example.tokens.length)
  return {
    tokens: Int32Array.from(examples.flatMap(({ tokens }) => tokens)),
    targets: Int32Array.from(examples.flatMap(({ targets }) => targets)),
    starts,
  }
}
