import { once } from 'node:events'
import type { LoadOrder, LoadReport } from './load-order.ts'
import { readMemory } from './machine.ts'
import { type BenchResult, buildTable, type Goal, type TableSpec } from './report.ts'
import { type Case, type Figures, type Rounds, runRounds } from './rounds.ts'
import {
  BARE,
  DIRECT,
  NGINX,
  ROUTER,
  startTargets,
  type Target,
  type Targets,
} from './router-targets.ts'
import { median } from './statistics.ts'

const DEFAULT_ROUNDS = 7
const PATIENCE_MS = 58_000
/** V8 needs some 30,000 requests before the time of one stays the same. */
const WARM_UP_MS = 6000

/** One kind of load; `atMost` is the goal for the router's ratio to each reference, out of the prototypes. */
interface Load {
  readonly name: string
  readonly connections: number
  readonly stream: boolean
  readonly durationMs: number
  readonly table: Pick<TableSpec, 'title' | 'measure' | 'unit'>
  readonly atMost: { readonly nginx: number; readonly bare: number }
}

const LOADS: readonly Load[] = [
  {
    name: 'c=1',
    connections: 1,
    stream: false,
    durationMs: 400,
    table: {
      title: 'Time added to one request at a time, p50 less direct',
      measure: 'addedUs',
      unit: 'µs',
    },
    atMost: { nginx: 3.2, bare: 1.15 },
  },
  {
    name: 'c=16',
    connections: 16,
    stream: false,
    durationMs: 500,
    table: {
      title: 'Processor time per request, 16 at a time',
      measure: 'processorUs',
      unit: 'µs',
    },
    atMost: { nginx: 6.1, bare: 0.7 },
  },
  {
    name: 'c=64',
    connections: 64,
    stream: false,
    durationMs: 500,
    table: {
      title: 'Processor time per request, 64 at a time',
      measure: 'processorUs',
      unit: 'µs',
    },
    atMost: { nginx: 4.2, bare: 0.53 },
  },
  {
    name: 'stream',
    connections: 16,
    stream: true,
    durationMs: 600,
    table: {
      title: 'Processor time per stream of 200 chunks, 16 at a time',
      measure: 'processorUs',
      unit: 'µs',
    },
    atMost: { nginx: 1.15, bare: 0.7 },
  },
]

/** What the router costs beside a bare proxy and nginx, and whether every byte arrives as it was sent. */
export async function benchRouter(rounds: number = DEFAULT_ROUNDS): Promise<BenchResult> {
  await using targets = await startTargets()
  const tally = createTally()
  const memoryBefore = targets.proxies.map(({ pid }) => readMemory(pid))
  await warmUp(targets)
  const found = await runRounds({
    cases: LOADS.map(
      (load): Case => ({ name: load.name, measure: () => measureLoad(targets, load, tally) }),
    ),
    wanted: rounds,
    patienceMs: PATIENCE_MS,
    children: [...processesOf(targets), targets.load.pid ?? 0],
  })
  const reference = targets.nginxMissing === undefined ? NGINX : BARE
  const notes = [
    ...(targets.nginxMissing ? [`Without nginx: ${targets.nginxMissing}.`] : []),
    ...LOADS.map((load) => rateNote(load, found.get(load.name))),
    memoryNote(targets.proxies, memoryBefore),
    `${tally.answers} answers were compared byte for byte, ${tally.altered} differ; ${tally.broken} connections broke.`,
  ]
  return {
    name: 'router',
    tables: LOADS.map((load) =>
      buildTable(
        { ...load.table, reference, goals: goalsOf(load, reference) },
        found.get(load.name) ?? { kept: [], dropped: 0, noisy: false },
      ),
    ),
    notes,
    faults: tally.altered + tally.broken > 0 ? ['answers were altered or lost'] : [],
  }
}

interface Tally {
  answers: number
  altered: number
  broken: number
}

function createTally(): Tally {
  return { answers: 0, altered: 0, broken: 0 }
}

async function warmUp(targets: Targets): Promise<void> {
  for (const { stream, connections } of LOADS.slice(-2)) {
    for (const target of targets.proxies) {
      const durationMs = target.name === NGINX ? 100 : WARM_UP_MS / (stream ? 2 : 1)
      await runWindow(targets, { stream, connections, durationMs }, target)
    }
  }
}

/** Loads every target in turn; nobody else works meanwhile. */
async function measureLoad(targets: Targets, load: Load, tally: Tally): Promise<Figures> {
  const figures: Record<string, Record<string, number>> = {}
  let directUs = 0
  for (const target of [targets.direct, ...targets.proxies]) {
    const report = await runWindow(targets, load, target)
    tally.answers += report.answers
    tally.altered += report.altered
    tally.broken += report.broken
    if (target.name === DIRECT) directUs = report.p50Us
    const isProxy = target.name !== DIRECT
    figures[target.name] = {
      perSecond: (report.answers / report.elapsedMs) * 1000,
      p50Us: report.p50Us,
      ...(isProxy ? { addedUs: report.p50Us - directUs } : {}),
      ...(isProxy ? { processorUs: report.processorUs / report.answers } : {}),
    }
  }
  return figures
}

async function runWindow(
  targets: Targets,
  load: Pick<Load, 'connections' | 'durationMs' | 'stream'>,
  target: Target,
): Promise<LoadReport> {
  const { connections, durationMs, stream } = load
  const { port, pid } = target
  const order: LoadOrder = { port, pid, token: targets.token, connections, durationMs, stream }
  const reported = once(targets.load, 'message')
  targets.load.send(order)
  const [report] = await reported
  return report as LoadReport
}

function processesOf({ direct, proxies }: Targets): number[] {
  return [direct, ...proxies].map(({ pid }) => pid)
}

function goalsOf({ atMost }: Load, reference: string): readonly Goal[] {
  const limit = reference === NGINX ? atMost.nginx : atMost.bare
  return [{ target: ROUTER, of: 'ratio', atMost: limit }]
}

/** Answers per second of clock and of processor time; the direct rate shows that the upstream is not the limit. */
function rateNote({ name, stream }: Load, rounds: Rounds | undefined): string {
  const kept = rounds?.kept ?? []
  const of = (target: string, measure: string) =>
    median(kept.map((figures) => figures[target]?.[measure] ?? Number.NaN))
  const rates = Object.keys(kept[0] ?? {}).map((target) => {
    const perProcessorSecond = Math.round(1_000_000 / of(target, 'processorUs'))
    const rate = `${target} ${Math.round(of(target, 'perSecond'))}/s`
    return target === DIRECT ? rate : `${rate} (${perProcessorSecond} per processor second)`
  })
  return `${name}, ${stream ? 'streams' : 'requests'}: ${rates.join(', ')}.`
}

function memoryNote(proxies: readonly Target[], before: readonly number[]): string {
  const each = proxies.map(
    ({ name, pid }, index) =>
      `${name} ${Math.round(before[index] ?? Number.NaN)} → ${Math.round(readMemory(pid))}`,
  )
  return `Memory in RAM before and after, MiB: ${each.join(', ')}.`
}
