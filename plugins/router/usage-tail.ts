/** Token counts of one answer; null where the backend did not say. */
export interface Usage {
  readonly prompt: number | null
  readonly completion: number | null
}

/** Keeps the last bytes of a response, where the token counts stand. */
export interface UsageTail {
  push(chunk: Buffer): void
  read(): Usage
}

/**
 * Backends put `usage` at the end, in JSON as in the last event of a stream; 64 KiB also holds a whole small
 * answer, in case it stands first.
 */
const TAIL_BYTES = 64 * 1024
const NOTHING: Usage = { prompt: null, completion: null }
const USAGE_KEY = '"usage"'
/** A usage object with all details stays far below this. */
const USAGE_BYTES = 4096

/** A bounded side copy of a response that reads the last `usage` in it. Compressed bytes yield nothing. */
export function createUsageTail(): UsageTail {
  const chunks: Buffer[] = []
  let size = 0
  return {
    push(chunk) {
      chunks.push(chunk)
      size += chunk.length
      while (chunks.length > 1 && size - (chunks[0]?.length ?? 0) >= TAIL_BYTES) {
        size -= chunks.shift()?.length ?? 0
      }
    },
    read: () => readUsage(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
  }
}

/** The last `usage` object in JSON or event-stream bytes. */
export function readUsage(bytes: Buffer): Usage {
  for (let at = bytes.lastIndexOf(USAGE_KEY); at >= 0; at = bytes.lastIndexOf(USAGE_KEY, at - 1)) {
    const usage = usageAt(bytes, at)
    if (usage !== undefined) return usage
    if (at === 0) break
  }
  return NOTHING
}

function usageAt(bytes: Buffer, at: number): Usage | undefined {
  const text = bytes.toString('utf8', at + USAGE_KEY.length, at + USAGE_KEY.length + USAGE_BYTES)
  const start = /^\s*:\s*\{/.exec(text)?.[0].length
  if (start === undefined) return undefined
  const value = parsePrefix(text.slice(start - 1))
  if (value === undefined) return undefined
  return {
    prompt: count(value.prompt_tokens ?? value.input_tokens),
    completion: count(value.completion_tokens ?? value.output_tokens),
  }
}

/** The object at the start of a text; usage objects hold numbers and objects, so counting braces is enough. */
function parsePrefix(text: string): Record<string, unknown> | undefined {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '{') depth++
    else if (text[index] === '}' && --depth === 0) return tryParse(text.slice(0, index + 1))
  }
  return undefined
}

function tryParse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
