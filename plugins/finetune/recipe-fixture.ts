import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'smol-toml'
import type { CommandInput, Datum } from '#core'

/** A folder with a tiny recipe, for tests; removed when it goes out of scope. */
export interface RecipeFolder extends Disposable {
  readonly path: string
  readonly recipe: Datum
}

/** Three conversations, one of them with characters of two and four bytes. */
export const DATASET: string = [
  ['Hello', 'Hello! Ask me about tests.'],
  ['What is two?', 'Two is one and one.'],
  ['Smile', 'Café 🙂 and more.'],
]
  .map(([content, answer]) => ({
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: answer },
    ],
  }))
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('')

const RECIPE = `
[b00t]
name = "tiny"
type = "finetune"
hint = "A toy for tests"

[b00t.finetune]
seed = 7
dataset = "dataset.jsonl"
tokenizer = { vocabulary = 280 }
model = { width = 16, layers = 1, heads = 2, key_heads = 1, hidden = 24, context = 64 }
training = { epochs = 4, batch = 2, learning_rate = 0.01, warmup_steps = 2, vary_questions = 0.3 }
output = { path = "out/tiny.gguf", weights = "f32" }
`

/** Makes the folder; `changes` replace parts of the recipe's text. */
export function makeRecipe(changes: Readonly<Record<string, string>> = {}): RecipeFolder {
  const path = mkdtempSync(join(tmpdir(), 'finetune-'))
  const file = join(path, 'tiny.finetune.toml')
  const text = Object.entries(changes).reduce(
    (recipe, [from, to]) => recipe.replace(from, to),
    RECIPE,
  )
  writeFileSync(file, text)
  writeFileSync(join(path, 'dataset.jsonl'), DATASET)
  return {
    path,
    recipe: readDatum(file),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** Reads a recipe as the core would: parsed, checked, defaults filled in. */
export function readDatum(file: string): Datum {
  const bytes = readFileSync(file)
  const document = parse(bytes.toString('utf8'))
  const schemaFile = new URL('../../schemas/finetune.schema.json', import.meta.url)
  const validate = new Ajv2020({ useDefaults: true }).compile(
    JSON.parse(readFileSync(schemaFile, 'utf8')),
  )
  if (!validate(document)) throw new Error(JSON.stringify(validate.errors))
  const head = document.b00t as { name?: string; hint?: string; finetune?: object } | undefined
  return {
    key: basename(file, '.toml'),
    name: head?.name ?? basename(file, '.finetune.toml'),
    type: 'finetune',
    hint: head?.hint ?? '',
    file,
    hash: createHash('sha256').update(bytes).digest('hex'),
    autostart: false,
    dependsOn: [],
    table: head === undefined ? document : { ...head.finetune },
    governance: {},
    document,
  }
}

/** Input of a command, with what it printed and noted. */
export interface RecordedInput extends CommandInput {
  readonly printed: string[]
  readonly noted: string[]
}

/** Input for a command that is given one argument. */
export function recordInput(
  argument: string,
  datums: readonly Datum[],
  options: Readonly<Record<string, unknown>> = {},
): RecordedInput {
  const printed: string[] = []
  const noted: string[] = []
  return {
    host: { home: tmpdir(), environment: {}, datumFolders: [], emit: () => undefined },
    arguments: [argument],
    options,
    print: (line) => printed.push(line),
    note: (line) => noted.push(line),
    datums: async () => datums,
    degraded: async () => [],
    signal: new AbortController().signal,
    printed,
    noted,
  }
}
