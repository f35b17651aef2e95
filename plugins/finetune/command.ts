import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { B00tError, type CommandInput, type Datum } from '#core'
import { type RunEvent, type RunResult, runRecipe } from './pipeline.ts'
import { readRecipe } from './recipe.ts'

/** A progress line at most every so many milliseconds, besides the first and the last step. */
const REPORT_EVERY_MS = 2_000

/**
 * `b00t finetune run RECIPE`: trains, verifies, and prints where the model is and how good.
 *
 * @returns exit code 0
 */
export async function runFinetune(input: CommandInput): Promise<number> {
  const recipe = readRecipe(await findRecipe(input))
  const result = await runRecipe(recipe, { signal: input.signal, report: createReporter(input) })
  input.print(input.options.json === true ? JSON.stringify(result) : describeResult(result))
  return 0
}

async function findRecipe(input: CommandInput): Promise<Datum> {
  const wanted = input.arguments[0] ?? ''
  const file = resolve(wanted)
  const datums = (await input.datums()).filter(({ type }) => type === 'finetune')
  const named = datums.filter(({ key, name }) => key === wanted || name === wanted)
  const found = existsSync(file) ? datums.filter((datum) => datum.file === file) : named
  const [recipe] = found
  if (recipe !== undefined && found.length === 1) return recipe
  await refuseDegraded(input, { wanted, file })
  const [state, hint] = explainMiss({ found, datums, isFile: existsSync(file) })
  throw new B00tError('FINETUNE_RECIPE', `Cannot train "${wanted}": ${state}`, { hint })
}

/** A recipe that cannot be read has no name: it is known by its file. */
async function refuseDegraded(
  input: CommandInput,
  { wanted, file }: { wanted: string; file: string },
): Promise<void> {
  const meant = (await input.degraded()).filter(
    (one) => one.file === file || one.key === wanted || one.key.split('.', 1)[0] === wanted,
  )
  const problems = meant.flatMap((one) => one.problems)
  if (problems.length === 0) return
  const message = `Cannot train "${wanted}": its file has ${problems.length} problems`
  throw new B00tError('FINETUNE_RECIPE', message, { problems })
}

/** What went wrong with the search for a recipe, and what to do. */
function explainMiss(search: {
  found: readonly Datum[]
  datums: readonly Datum[]
  isFile: boolean
}): [string, string] {
  const named = (datums: readonly Datum[]): string =>
    `Name one of: ${datums.map(({ file }) => basename(file)).join(', ') || 'none is there yet'}.`
  if (search.found.length > 0) return ['several recipes have this name', named(search.found)]
  if (!search.isFile) return ['no recipe has this name', named(search.datums)]
  return ['the file lies in no folder of datums', 'Move it into one, e.g. into ./datums.']
}

function createReporter(input: CommandInput): (event: RunEvent) => void {
  let shown = 0
  return (event) => {
    const now = performance.now()
    const between = event.event === 'step' && event.step > 1 && event.step < event.steps
    if (between && now - shown < REPORT_EVERY_MS) return
    shown = now
    input.note(JSON.stringify(event))
  }
}

function describeResult(result: RunResult): string {
  const { parity } = result
  return [
    `wrote     ${result.path}`,
    `size      ${result.bytes} bytes, ${result.parameters} weights`,
    `loss      ${result.loss.toFixed(4)} nats per token in the last step`,
    `recalled  ${result.recalled} of ${result.conversations} conversations word for word`,
    `parity    ${parity.sameTokens} of ${parity.tokens} tokens equal in llama.cpp`,
  ].join('\n')
}
