import { statSync } from 'node:fs'
import type { LlamaContextSequence } from 'node-llama-cpp'
import type { Engine } from './engine.ts'
import { checkModelFile } from './gguf-check.ts'
import { fileError } from './gguf-command.ts'
import { createRenderer, type PromptRenderer } from './prompt.ts'
import { listMarks } from './prompt-tokens.ts'
import { createSeats, type Seats } from './seats.ts'
import type { ServeOptions } from './serve-options.ts'

/** Everything that answering a request needs. */
export interface Service {
  readonly engine: Engine
  /** Names under which the model is served, the main one first. */
  readonly names: readonly string[]
  /** What the model file says about itself. */
  readonly description: string
  /** When the model file was made, in seconds since 1970. */
  readonly created: number
  readonly temperature: number
  readonly render: PromptRenderer
  /** Texts with a meaning of their own for the model, which no message may write. */
  readonly marks: readonly string[]
  readonly seats: Seats<LlamaContextSequence>
  /** Aborts when the process is to end and may wait no longer. */
  readonly closing: AbortController
}

/**
 * Checks and loads the model.
 *
 * @throws {@link B00tError} `MODEL_FILE_…`, `MODEL_ENGINE_MISSING` or `MODEL_LOAD`
 */
export async function openService(options: ServeOptions): Promise<Service> {
  const { head, problems } = checkModelFile(options.gguf)
  if (head === undefined || problems.length > 0) throw fileError(options.gguf, problems)
  const { context, threads, parallel } = options
  // Half a second to import, which a file that cannot be served need not cost.
  const { loadEngine } = await import('./engine.ts')
  const engine = await loadEngine({ path: options.gguf, head, context, threads, parallel })
  const sequences = Array.from({ length: parallel }, () => engine.context.getSequence())
  return {
    engine,
    names: [options.name, ...options.aliases],
    description: String(head.metadata.get('general.description') ?? ''),
    created: Math.floor(statSync(options.gguf).mtimeMs / 1_000),
    temperature: options.temperature,
    render: createRenderer(head),
    marks: listMarks(engine.model),
    seats: createSeats(sequences, options.queue),
    closing: new AbortController(),
  }
}
