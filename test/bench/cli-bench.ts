import { spawnSync } from 'node:child_process'
import { type BenchResult, buildTable, type Goal } from './report.ts'
import { type Figures, runRounds } from './rounds.ts'
import { B00T, type ScratchSupervisor, startScratchSupervisor } from './scratch-home.ts'
import { median } from './statistics.ts'

const REFERENCE = 'node -e 0'
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  [REFERENCE]: ['-e', '0'],
  'b00t --version': [B00T, '--version'],
  'b00t status': [B00T, 'status'],
}
const GOALS: readonly Goal[] = [
  { target: 'b00t --version', of: 'ratio', atMost: 1.5 },
  { target: 'b00t status', of: 'ratio', atMost: 2 },
]
const STARTS_PER_ROUND = 5
const DEFAULT_ROUNDS = 9
const PATIENCE_MS = 45_000

/** How long commands take from start to end, against Node doing nothing. */
export async function benchCli(rounds: number = DEFAULT_ROUNDS): Promise<BenchResult> {
  await using supervisor = await startScratchSupervisor()
  // The first start writes the compile cache, the second one reads it.
  measureRound(supervisor)
  const found = await runRounds({
    cases: [{ name: 'start', measure: async () => measureRound(supervisor) }],
    wanted: rounds,
    patienceMs: PATIENCE_MS,
    children: [supervisor.pid],
  })
  const spec = {
    title: `Start of a command, median of ${STARTS_PER_ROUND} starts per round`,
    measure: 'ms',
    unit: 'ms',
    reference: REFERENCE,
    goals: GOALS,
  }
  const start = found.get('start') ?? { kept: [], dropped: 0, noisy: false }
  return { name: 'cli', tables: [buildTable(spec, start)], notes: [], faults: [] }
}

/** Starts every target in turn, several times. */
function measureRound({ folder, environment }: ScratchSupervisor): Figures {
  const times = new Map<string, number[]>(Object.keys(TARGETS).map((target) => [target, []]))
  for (let start = 0; start < STARTS_PER_ROUND; start++) {
    for (const [target, args] of Object.entries(TARGETS)) {
      const begin = performance.now()
      const { status } = spawnSync(process.execPath, args, {
        cwd: folder,
        env: environment,
        stdio: 'ignore',
      })
      times.get(target)?.push(performance.now() - begin)
      if (status !== 0) throw new Error(`"${target}" ended with code ${status}`)
    }
  }
  return Object.fromEntries([...times].map(([target, values]) => [target, { ms: median(values) }]))
}
