import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Journal, type JournalLine, readJournal } from '../audit/journal.ts'
import type { ProcessSurface } from '../surface/contract.ts'
import type { AuditData } from './audit-record.ts'
import type { Definition } from './generation.ts'
import { Runner, type RunnerPorts } from './runner.ts'
import { POLICY } from './simulated-world-fixture.ts'
import { createSurfaceStore } from './surface-store.ts'

/** For tests: a runner in a world that is real but for its reports; ended with `using`. */
export interface ScratchRunner extends Disposable {
  readonly runner: Runner
  readonly journal: Journal
  readonly ports: RunnerPorts
  readonly reports: string[]
  /** The definition it was made with, to be changed. */
  readonly definition: Definition
  /** Resolves once a condition holds; it is looked at whenever the runner changes or reports. */
  until(holds: () => boolean): Promise<void>
  reaches(state: string): Promise<void>
  records(): JournalLine<AuditData>[]
}

/** Makes a {@link ScratchRunner} of a surface in memory, by default one that does nothing. */
export function createRunner(
  surface: Partial<ProcessSurface>,
  policy: Partial<Definition['policy']> = {},
  moved: Partial<RunnerPorts> = {},
): ScratchRunner {
  const folder = mkdtempSync(join(tmpdir(), 'b00t-runner-'))
  const listeners = new Set<() => void>()
  const reports: string[] = []
  const journal = new Journal(join(folder, 'audit.ndjson'))
  const tell = () => {
    for (const listener of listeners) listener()
  }
  const ports: RunnerPorts = {
    store: createSurfaceStore(join(folder, 'surfaces')),
    journal,
    environment: {},
    now: () => ({ monotonic: Math.round(performance.now()), wall: Date.now() }),
    random: () => 0.5,
    logFile: (key) => join(folder, `${key}.log`),
    isReady: () => true,
    changed: tell,
    renewed: tell,
    report: (message) => {
      reports.push(message)
      tell()
    },
    ...moved,
  }
  const definition = defineScratch(surface, policy)
  const runner = new Runner('job', definition, ports)
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => holds() && resolve()
      listeners.add(look)
      look()
    })
  return {
    runner,
    journal,
    ports,
    reports,
    definition,
    until,
    reaches: (state) => until(() => runner.lifecycle.state === state),
    records: () => readJournal<AuditData>(join(folder, 'audit.ndjson')),
    [Symbol.dispose]: () => {
      runner.dispose()
      journal[Symbol.dispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function defineScratch(
  surface: Partial<ProcessSurface>,
  policy: Partial<Definition['policy']>,
): Definition {
  const whole = {
    requirements: () => [],
    operate: async () => ({}),
    terminate: async () => undefined,
    ...surface,
  }
  return {
    surface: whole,
    policy: { ...POLICY, autoRestart: false, ...policy },
    dependsOn: [],
    hash: '',
  }
}
