import { parseArgs } from 'node:util'
import { B00tError, messageOf } from '#core'

/** What the server process is told on its command line. */
export interface ServeOptions {
  /** Path of the model file. */
  readonly gguf: string
  /** Name under which the model is served. */
  readonly name: string
  /** Further names for the same model. */
  readonly aliases: readonly string[]
  /** Path of the unix socket to listen on. */
  readonly socket: string
  /** Most tokens of a request and its answer together. */
  readonly context: number
  /** Undefined to choose by the size of the model. */
  readonly threads: number | undefined
  /** Requests answered at once. */
  readonly parallel: number
  /** Further requests that may wait. */
  readonly queue: number
  /** Used where a request names none, 0 to 2. */
  readonly temperature: number
}

/** Used where neither the datum nor the command line says otherwise. */
const DEFAULTS = { context: 4_096, parallel: 2, queue: 16, temperature: 0.8 } as const

/**
 * Reads the command line of the server process.
 *
 * @param words - the words after the script's name
 * @throws {@link B00tError} `MODEL_USAGE`
 */
export function readServeOptions(words: readonly string[]): ServeOptions {
  const values = parseWords(words)
  return {
    gguf: needText(values, 'gguf'),
    name: needText(values, 'name'),
    aliases: values.alias ?? [],
    socket: needText(values, 'socket'),
    context: readWhole(values, 'context') ?? DEFAULTS.context,
    threads: readWhole(values, 'threads'),
    parallel: readWhole(values, 'parallel') ?? DEFAULTS.parallel,
    queue: readWhole(values, 'queue') ?? DEFAULTS.queue,
    temperature: readNumber(values, 'temperature') ?? DEFAULTS.temperature,
  }
}

/** The command line that {@link readServeOptions} reads back to the same options. */
export function writeServeOptions(options: ServeOptions): string[] {
  const { gguf, name, aliases, socket, threads } = options
  const numbers = (['context', 'parallel', 'queue', 'temperature'] as const).map(
    (key) => `--${key}=${options[key]}`,
  )
  return [
    `--gguf=${gguf}`,
    `--name=${name}`,
    `--socket=${socket}`,
    ...aliases.map((alias) => `--alias=${alias}`),
    ...numbers,
    ...(threads === undefined ? [] : [`--threads=${threads}`]),
  ]
}

const TEXTS = ['gguf', 'name', 'socket', 'context', 'threads', 'parallel', 'queue', 'temperature']

type Values = Readonly<Record<string, string | undefined>> & { readonly alias?: string[] }

function parseWords(words: readonly string[]): Values {
  const texts = Object.fromEntries(TEXTS.map((name) => [name, { type: 'string' as const }]))
  const options = { ...texts, alias: { type: 'string' as const, multiple: true as const } }
  try {
    return parseArgs({ args: [...words], options }).values as unknown as Values
  } catch (cause) {
    throw new B00tError('MODEL_USAGE', `Cannot read the command line: ${messageOf(cause)}`, {
      cause,
    })
  }
}

function needText(values: Values, name: string): string {
  const value = values[name]
  if (value !== undefined && value !== '') return value
  throw new B00tError('MODEL_USAGE', `Cannot serve a model: the option --${name} is missing`)
}

function readNumber(values: Values, name: string): number | undefined {
  const value = values[name]
  if (value === undefined) return undefined
  const number = Number(value)
  if (value !== '' && Number.isFinite(number) && number >= 0) return number
  throw new B00tError(
    'MODEL_USAGE',
    `Cannot serve a model: --${name} is "${value}", wanted a number, 0 or more`,
  )
}

function readWhole(values: Values, name: string): number | undefined {
  const number = readNumber(values, name)
  if (number === undefined || Number.isInteger(number)) return number
  throw new B00tError(
    'MODEL_USAGE',
    `Cannot serve a model: --${name} is ${number}, wanted a whole number`,
  )
}
