import { describe, expect, test } from 'vitest'
import { identify } from '../process/identity.ts'
import { launch } from '../process/launch.ts'
import { createScratchRun } from '../process/scratch-run-fixture.ts'
import { endUnreadable } from './forsaken.ts'
import { createRunner } from './runner-fixture.ts'
import { actorOf } from './simulated-world-fixture.ts'

describe('endUnreadable()', () => {
  test('given a damaged record, ends what carries its key before it is forgotten', async () => {
    using scratch = createRunner({})
    using run = createScratchRun()
    const launched = await launch({ argv: ['sleep', '1000'] }, { ...run, generation: 4 })
    const removed: boolean[] = []
    const store = {
      ...scratch.ports.store,
      remove: () => removed.push(identify(launched.pid) === undefined),
    }
    const ports = { ...scratch.ports, store, logFile: () => run.logFile }
    await endUnreadable(run.key, actorOf(), ports)
    expect(removed).toEqual([true])
    expect(scratch.records()).toMatchObject([
      { surface: 'scratch', generation: 4, exit_reason: 'unobserved' },
    ])
    expect(scratch.reports).toEqual([expect.stringMatching(/ended what was left of it/)])
  })
})
