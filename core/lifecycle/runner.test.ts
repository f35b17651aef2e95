import { describe, expect, test } from 'vitest'
import { processSurface } from '../process/process-surface.ts'
import type { Exit } from '../surface/contract.ts'
import { createRunner } from './runner-fixture.ts'
import { actorOf } from './simulated-world-fixture.ts'

const START = { type: 'start', actor: actorOf() } as const
const STOP = { type: 'stop', actor: actorOf() } as const
const NEVER = new Promise<never>(() => undefined)
const RESTART = { type: 'restart', actor: actorOf() } as const

describe('Runner', () => {
  test('given a journal that cannot be written for a while, goes on and writes the record later', async () => {
    const exit = Promise.withResolvers<Exit>()
    using scratch = createRunner({
      exited: (_handle, { generation }) => (generation === 1 ? exit.promise : NEVER),
    })
    const { runner, journal, reports } = scratch
    const append = journal.append
    runner.dispatch(START)
    await scratch.reaches('running')
    journal.append = () => {
      throw new Error('no space left')
    }
    exit.resolve({ code: 7, signal: null })
    await scratch.reaches('failed')
    expect(runner.lifecycle.reason).toBe('exited with code 7')
    expect(reports).toEqual([
      expect.stringMatching(/^Cannot write the audit record \{"kind":"end".* yet: no space left$/),
    ])
    journal.append = append
    runner.dispatch(START)
    await scratch.reaches('running')
    runner.dispatch(STOP)
    await scratch.reaches('inactive')
    expect(scratch.records()).toMatchObject([{ exit_code: 7 }, { exit_reason: 'stopped' }])
  })

  test('given a state that cannot be saved for a while, goes on, tells it once and saves it later', async () => {
    using scratch = createRunner({})
    const { runner, reports, ports } = scratch
    const { store } = ports
    const save = store.save
    store.save = () => {
      throw new Error('no space left')
    }
    runner.dispatch(START)
    await scratch.reaches('running')
    expect(reports).toEqual(['Cannot save the state of job yet: no space left'])
    store.save = save
    runner.dispatch(STOP)
    await scratch.reaches('inactive')
    expect(reports.slice(1)).toEqual([
      expect.stringMatching(/^Saved the state of job, after \d+ tries that failed$/),
    ])
    expect(store.load('job')).toMatchObject({ lifecycle: { state: 'inactive' } })
    expect(scratch.records()).toMatchObject([{ exit_reason: 'stopped' }])
  })

  test('given a surface that is stopped before it is ready, aborts its start', async () => {
    let ended = 0
    using scratch = createRunner({
      ready: (_handle, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
      terminate: async () => {
        ended += 1
      },
    })
    scratch.runner.dispatch(START)
    await scratch.reaches('starting')
    scratch.runner.dispatch(STOP)
    await scratch.reaches('inactive')
    expect(ended).toBe(1)
    expect(scratch.reports).toEqual([])
    expect(scratch.records()).toMatchObject([{ exit_reason: 'stopped' }])
  })

  test('given a start that ignores its abort, starts the next one only after the end of it', async () => {
    const steps: string[] = []
    const late = Promise.withResolvers<void>()
    using scratch = createRunner(
      {
        operate: async ({ generation }) => {
          steps.push(`operate ${generation}`)
          if (generation === 1) await late.promise
          return { generation }
        },
        terminate: async ({ generation }) => {
          steps.push(`terminate ${generation}`)
        },
      },
      { stopGraceMs: 1 },
    )
    scratch.runner.dispatch(START)
    await scratch.reaches('starting')
    scratch.runner.dispatch(RESTART)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect([scratch.runner.lifecycle.state, ...steps]).toEqual(['stopping', 'operate 1'])
    late.resolve()
    await scratch.reaches('running')
    expect(steps).toEqual(['operate 1', 'terminate 1', 'operate 2'])
  })

  test('given a process that is stopped, records each time how it ended', async () => {
    const command = () => ({ argv: ['sleep', '1000'] })
    using scratch = createRunner(processSurface({ requirements: () => [], command }))
    for (let round = 0; round < 5; round++) {
      scratch.runner.dispatch(START)
      await scratch.reaches('running')
      scratch.runner.dispatch(STOP)
      await scratch.reaches('inactive')
    }
    const signals = scratch.records().map(({ signal }) => signal)
    expect(signals).toEqual(Array.from({ length: 5 }, () => 'SIGTERM'))
  })

  test('given another policy while it runs, follows it at once', async () => {
    const graces: number[] = []
    using scratch = createRunner({
      terminate: async (_handle, { stopGraceMs }) => {
        graces.push(stopGraceMs)
      },
    })
    const { runner, definition } = scratch
    runner.dispatch(START)
    await scratch.reaches('running')
    const before = runner.lifecycle.ttlExpiresAt ?? 0
    const policy = { ...definition.policy, stopGraceMs: 1234 }
    runner.define({ ...definition, policy: { ...policy, maxTtlMs: policy.maxTtlMs - 1000 } })
    expect(runner.lifecycle.ttlExpiresAt).toBe(before - 1000)
    runner.dispatch(STOP)
    await scratch.reaches('inactive')
    expect(graces).toEqual([1234])
  })

  test('given a time to live that is shortened below what it has lived, evaluates it now', async () => {
    using scratch = createRunner({
      maintain: async () => ({ action: 'terminate', reason: 'enough' }),
    })
    const { runner, definition } = scratch
    runner.dispatch(START)
    await scratch.reaches('running')
    runner.define({ ...definition, policy: { ...definition.policy, maxTtlMs: 1 } })
    await scratch.reaches('failed')
    expect(scratch.records()).toMatchObject([{ exit_reason: 'ttl', reason: 'enough' }])
  })

  test('given a refused command, throws and changes nothing', () => {
    using scratch = createRunner({})
    const before = scratch.runner.lifecycle
    expect(() => scratch.runner.dispatch({ type: 'start', actor: actorOf('viewer') })).toThrow(
      'Cannot start job: role viewer is not among executive, operator',
    )
    expect(scratch.runner.lifecycle).toBe(before)
  })
})
