import { join } from 'node:path'
import { Journal, type JournalLine, readJournal, verifyJournal } from '../../core/audit/journal.ts'
import type { AuditData } from '../../core/lifecycle/audit-record.ts'
import type { Definition } from '../../core/lifecycle/generation.ts'
import { Runner } from '../../core/lifecycle/runner.ts'
import type { StateName } from '../../core/lifecycle/state.ts'
import { createSurfaceStore } from '../../core/lifecycle/surface-store.ts'
import { logFileOf } from '../../core/supervisor/home.ts'
import type { Trial } from './trial.ts'

/** States in which a surface has become what a start wants. */
const STARTED: readonly StateName[] = ['running', 'exited']
const ENDED: readonly StateName[] = ['inactive', 'exited']
const HOPELESS: readonly StateName[] = ['blocked', 'backoff', 'failed', 'quarantined', 'unknown']

/** Starts and stops a definition the way the supervisor does, and returns what the journal says of it. */
export async function auditOf(
  trial: Trial,
  definition: Definition,
): Promise<JournalLine<AuditData>[]> {
  const { key, home } = trial
  using journal = new Journal(home.audit)
  const [role = 'executive'] = definition.policy.allowedStarters
  const actor = { name: 'the contract', role }
  let look = (): void => undefined
  const runner = new Runner(key, definition, {
    journal,
    store: createSurfaceStore(join(home.run, 'surfaces')),
    environment: trial.host.environment,
    now: () => ({ monotonic: performance.now(), wall: Date.now() }),
    random: Math.random,
    logFile: () => logFileOf(home, key),
    isReady: () => true,
    changed: () => look(),
    renewed: () => undefined,
    report: () => undefined,
  })
  const reach = (wanted: readonly StateName[], bad: readonly StateName[]) =>
    new Promise<void>((resolve, reject) => {
      look = () => {
        const { state, reason } = runner.lifecycle
        if (wanted.includes(state)) resolve()
        else if (bad.includes(state)) reject(new Error(`it is ${state}: ${reason}`))
      }
      look()
    })
  runner.dispatch({ type: 'start', actor })
  await reach(STARTED, HOPELESS)
  if (runner.lifecycle.live) runner.dispatch({ type: 'stop', actor, reason: 'the trial is over' })
  await reach(ENDED, [])
  runner.dispose()
  verifyJournal(home.audit)
  return readJournal<AuditData>(home.audit)
}
