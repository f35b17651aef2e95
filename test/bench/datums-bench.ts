import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { writeSampleDatums } from './datums-sample.ts'
import { type BenchResult, buildTable, type Goal } from './report.ts'
import { type Figures, runRounds } from './rounds.ts'
import { leanEnvironment, makeScratch } from './scratch-home.ts'

const COUNT = 10_000
const DEFAULT_ROUNDS = 5
const PATIENCE_MS = 60_000
const ROUND_PROGRAM = join(import.meta.dirname, 'datums-round.ts')

/** How long 10,000 small datums take to be found, read, parsed and checked, files in the page cache. */
export async function benchDatums(rounds: number = DEFAULT_ROUNDS): Promise<BenchResult> {
  await using scratch = await makeScratch()
  await writeSampleDatums(scratch.path, COUNT)
  measureRound(scratch.path)
  const found = await runRounds({
    cases: [{ name: 'datums', measure: async () => measureRound(scratch.path) }],
    wanted: rounds,
    patienceMs: PATIENCE_MS,
    children: [],
  })
  const rounded = found.get('datums') ?? { kept: [], dropped: 0, noisy: false }
  const title = `${COUNT.toLocaleString('en')} small datums, each round in fresh processes`
  const shared = { unit: 'ms', reference: 'whole' }
  const goals: readonly Goal[] = [{ target: 'whole', of: 'median', atMost: 800 }]
  return {
    name: 'datums',
    tables: [
      buildTable({ ...shared, title, measure: 'wallMs', goals }, rounded),
      buildTable(
        {
          ...shared,
          title: 'The same, processor time of its thread',
          measure: 'processorMs',
          goals,
        },
        rounded,
      ),
    ],
    notes: [
      'whole is what a command does; the parts are taken in a second process, each over all files.',
      'Loading the plugins comes before and is not part of whole.',
    ],
    faults: [],
  }
}

function measureRound(folder: string): Figures {
  const { whole = {}, ...before } = runProgram(folder, 'whole')
  // Both processes load the plugins; the figure of the first one stays.
  return { whole, ...runProgram(folder, 'parts'), ...before }
}

function runProgram(folder: string, mode: 'whole' | 'parts'): Figures {
  const output = execFileSync(process.execPath, [ROUND_PROGRAM, folder, mode], {
    encoding: 'utf8',
    env: leanEnvironment(),
  })
  const { valid, times }: { valid: number; times: Figures } = JSON.parse(output)
  if (valid !== COUNT) throw new Error(`${valid} datums are valid, wanted ${COUNT}`)
  return times
}
