import { randomUUID } from 'node:crypto'
import type { LlamaModel, Token } from 'node-llama-cpp'
import type { ChatMessage } from './chat-request.ts'
import type { PromptRenderer } from './prompt.ts'

/** A piece of a rendered prompt. */
export interface PromptPiece {
  readonly text: string
  /** False where the text came from a message and may not count as one of the model's own marks. */
  readonly marks: boolean
}

/**
 * Renders messages so that no message can write one of the model's marks, such as the end of a turn.
 *
 * Only a mark itself is hidden from the template, behind a word that nobody can guess. The rest of a message
 * stays as it is, since templates trim, split and compare it.
 */
export function renderPieces(
  messages: readonly ChatMessage[],
  { render, marks }: { render: PromptRenderer; marks: readonly string[] },
): PromptPiece[] {
  const found: string[] = []
  const word = `mark${randomUUID().replaceAll('-', '')}x`
  const pattern = matchAny(marks)
  const hide = (text: string): string =>
    pattern === undefined
      ? text
      : text.replace(pattern, (mark) => `${word}${found.push(mark) - 1}x`)
  const hidden = messages.map(({ role, content }) => ({ role: hide(role), content: hide(content) }))
  // Splitting by a pattern with a group gives texts and numbers in turn.
  const parts = render(hidden).split(new RegExp(`${word}(\\d+)x`))
  return parts
    .map((part, index) =>
      index % 2 === 0
        ? { text: part, marks: true }
        : { text: found[Number(part)] ?? '', marks: false },
    )
    .filter(({ text }) => text !== '')
}

/** The tokens of a chat, up to where the answer begins. */
export function tokenizePieces(pieces: readonly PromptPiece[], model: LlamaModel): Token[] {
  // Some vocabularies put a space before a text; only the first piece begins one.
  return pieces.flatMap(({ text, marks }, index) =>
    model.tokenize(text, marks, index === 0 ? undefined : 'trimLeadingSpace'),
  )
}

/** The texts that the engine reads as one token with a meaning of its own, never as what they say. */
export function listMarks(model: LlamaModel): string[] {
  const texts = model.fileInfo.metadata.tokenizer.ggml.tokens
  return texts.filter((text, number) => text !== '' && isMark(model, number as Token))
}

function isMark(model: LlamaModel, token: Token): boolean {
  const { control, unknown } = model.getTokenAttributes(token)
  return control || unknown
}

/** A pattern for any of the texts, the longest first, as the engine looks for them. */
function matchAny(texts: readonly string[]): RegExp | undefined {
  if (texts.length === 0) return undefined
  const longestFirst = [...texts].sort((a, b) => b.length - a.length)
  return new RegExp(longestFirst.map(escapePattern).join('|'), 'g')
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
