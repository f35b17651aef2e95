import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Journal, readJournal } from '../audit/journal.ts'
import type { Exit, ProcessSurface } from '../surface/contract.ts'
import { Runner, type RunnerPorts } from './runner.ts'
import { actorOf, POLICY } from './simulated-world-fixture.ts'
import { createSurfaceStore } from './surface-store.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'b00t-runner-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A runner of a surface in memory, in a world that is real but for its reports. */
function createRunner(surface: Partial<ProcessSurface>): {
  runner: Runner
  journal: Journal
  reports: string[]
  reaches(state: string): Promise<void>
} {
  const reports: string[] = []
  const listeners = new Set<() => void>()
  const journal = new Journal(join(folder, 'audit.ndjson'))
  const ports: RunnerPorts = {
    store: createSurfaceStore(join(folder, 'surfaces')),
    journal,
    environment: {},
    now: () => ({ monotonic: Math.round(performance.now()), wall: Date.now() }),
    random: () => 0.5,
    logFile: (key) => join(folder, `${key}.log`),
    isReady: () => true,
    changed: () => {
      for (const listener of listeners) listener()
    },
    report: (message) => reports.push(message),
  }
  const whole = {
    requirements: () => [],
    operate: async () => ({}),
    terminate: async () => undefined,
    ...surface,
  }
  const policy = { ...POLICY, autoRestart: false }
  const runner = new Runner('job', { surface: whole, policy, dependsOn: [], hash: '' }, ports)
  const reaches = (state: string) =>
    new Promise<void>((resolve) => {
      const look = () => runner.lifecycle.state === state && resolve()
      listeners.add(look)
      look()
    })
  return { runner, journal, reports, reaches }
}

describe('Runner', () => {
  test('given a journal that cannot be written, tells so and goes on', async () => {
    const exit = Promise.withResolvers<Exit>()
    const { runner, journal, reports, reaches } = createRunner({ exited: () => exit.promise })
    runner.dispatch({ type: 'start', actor: actorOf() })
    await reaches('running')
    journal[Symbol.dispose]()
    exit.resolve({ code: 7, signal: null })
    await reaches('failed')
    expect(runner.lifecycle.reason).toBe('exited with code 7')
    expect(reports).toEqual([
      expect.stringMatching(/^Cannot write the audit record \{"kind":"end"/),
    ])
    runner.dispose()
  })

  test('given a surface that is stopped before it is ready, aborts its start', async () => {
    let ended = 0
    const { runner, reports, reaches } = createRunner({
      ready: (_handle, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
      terminate: async () => {
        ended += 1
      },
    })
    runner.dispatch({ type: 'start', actor: actorOf() })
    await reaches('starting')
    runner.dispatch({ type: 'stop', actor: actorOf() })
    await reaches('inactive')
    expect(ended).toBe(1)
    expect(reports).toEqual([])
    expect(readJournal(join(folder, 'audit.ndjson'))).toMatchObject([{ exit_reason: 'stopped' }])
  })

  test('given a refused command, throws and changes nothing', () => {
    const { runner } = createRunner({})
    const before = runner.lifecycle
    expect(() => runner.dispatch({ type: 'start', actor: actorOf('viewer') })).toThrow(
      'Cannot start job: role viewer is not among executive, operator',
    )
    expect(runner.lifecycle).toBe(before)
  })
})
