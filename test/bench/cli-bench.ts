import { spawnSync } from 'node:child_process'
import { readChildrenTime } from './machine.ts'
import { type BenchResult, buildTable, type Goal, type TableSpec } from './report.ts'
import { type Figures, runRounds } from './rounds.ts'
import { B00T, type ScratchSupervisor, startScratchSupervisor } from './scratch-home.ts'
import { mean, median } from './statistics.ts'

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
  const start = found.get('start') ?? { kept: [], dropped: 0, noisy: false }
  const shared = { unit: 'ms', reference: REFERENCE }
  const wall: TableSpec = {
    ...shared,
    title: `Start to end of a command, median of ${STARTS_PER_ROUND} per round`,
    measure: 'wallMs',
    goals: GOALS,
  }
  const processor: TableSpec = {
    ...shared,
    title: `Processor time of a command, mean of ${STARTS_PER_ROUND} per round`,
    measure: 'processorMs',
    goals: [],
  }
  const tables = [buildTable(wall, start), buildTable(processor, start)]
  return { name: 'cli', tables, notes: [], faults: [] }
}

/** Starts every target in turn, several times. */
function measureRound(supervisor: ScratchSupervisor): Figures {
  const starts = Array.from({ length: STARTS_PER_ROUND }, () =>
    Object.fromEntries(
      Object.entries(TARGETS).map(([target, args]) => [target, startOnce(args, supervisor)]),
    ),
  )
  return Object.fromEntries(
    Object.keys(TARGETS).map((target) => {
      const of = (measure: keyof Start) =>
        starts.map((start) => start[target]?.[measure] ?? Number.NaN)
      return [target, { wallMs: median(of('wallMs')), processorMs: mean(of('processorMs')) }]
    }),
  )
}

interface Start {
  readonly wallMs: number
  readonly processorMs: number
}

function startOnce(args: readonly string[], { folder, environment }: ScratchSupervisor): Start {
  const processorBefore = readChildrenTime()
  const begin = performance.now()
  const { status } = spawnSync(process.execPath, args, {
    cwd: folder,
    env: environment,
    stdio: 'ignore',
  })
  const wallMs = performance.now() - begin
  if (status !== 0) throw new Error(`"node ${args.join(' ')}" ended with code ${status}`)
  return { wallMs, processorMs: readChildrenTime() - processorBefore }
}
