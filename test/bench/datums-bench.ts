import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { writeSampleDatums } from './datums-sample.ts'
import { type BenchResult, buildTable } from './report.ts'
import { type Figures, runRounds } from './rounds.ts'
import { leanEnvironment, makeScratch } from './scratch-home.ts'

const COUNT = 10_000
const DEFAULT_ROUNDS = 5
const PATIENCE_MS = 60_000
const PARTS = ['list', 'read', 'parse', 'validate']
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
  const spec = {
    title: `${COUNT.toLocaleString('en')} small datums, each round in fresh processes`,
    measure: 'ms',
    unit: 'ms',
    reference: 'whole',
    goals: [{ target: 'whole', of: 'median', atMost: 800 } as const],
  }
  const table = buildTable(spec, found.get('datums') ?? { kept: [], dropped: 0, noisy: false })
  return {
    name: 'datums',
    tables: [table],
    notes: [
      'whole is what a command does; the parts are taken in a second process, each over all files.',
      'Loading the plugins comes before and is not part of whole.',
    ],
    faults: [],
  }
}

function measureRound(folder: string): Figures {
  const whole = runProgram(folder, 'whole')
  const parts = runProgram(folder, 'parts')
  for (const { datums } of [whole, parts]) {
    if (datums !== COUNT) throw new Error(`${datums} datums are valid, wanted ${COUNT}`)
  }
  return {
    whole: { ms: whole.whole ?? Number.NaN },
    ...Object.fromEntries(PARTS.map((part) => [part, { ms: parts[part] ?? Number.NaN }])),
    'load plugins': { ms: whole['load plugins'] ?? Number.NaN },
  }
}

function runProgram(folder: string, mode: 'whole' | 'parts'): Record<string, number> {
  const output = execFileSync(process.execPath, [ROUND_PROGRAM, folder, mode], {
    encoding: 'utf8',
    env: leanEnvironment(),
  })
  return JSON.parse(output)
}
