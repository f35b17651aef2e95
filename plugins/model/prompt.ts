import { Template } from '@huggingface/jinja'
import type { GgufHead } from '#core'
import { messageOf } from '#core'
import type { ChatMessage } from './chat-request.ts'
import { refuse } from './refusal.ts'

/** Turns messages into the text that the model continues. */
export type PromptRenderer = (messages: readonly ChatMessage[]) => string

/** Used where a model file brings no template of its own. */
const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

/** A renderer for the model's own chat template, or for ChatML where it has none. */
export function createRenderer(head: GgufHead): PromptRenderer {
  const own = head.metadata.get('tokenizer.chat_template')
  const template = new Template(typeof own === 'string' && own !== '' ? own : CHATML)
  const marks = { bos_token: markAt(head, 'bos'), eos_token: markAt(head, 'eos') }
  return (messages) => {
    try {
      return template.render({ messages: [...messages], add_generation_prompt: true, ...marks })
    } catch (error) {
      const message = `Cannot render the messages with the model's chat template: ${messageOf(error)}`
      throw refuse(message, { status: 400, code: 'invalid_value', param: 'messages' })
    }
  }
}

function markAt({ metadata }: GgufHead, mark: 'bos' | 'eos'): string {
  const tokens = metadata.get('tokenizer.ggml.tokens')
  const number = metadata.get(`tokenizer.ggml.${mark}_token_id`)
  if (!Array.isArray(tokens) || typeof number !== 'number') return ''
  return String(tokens[number] ?? '')
}
