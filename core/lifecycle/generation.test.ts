import { describe, expect, test } from 'vitest'
import type { MaintenanceAction } from '../surface/contract.ts'
import { createRunner } from './runner-fixture.ts'
import { actorOf } from './simulated-world-fixture.ts'

const START = { type: 'start', actor: actorOf() } as const
const STOP = { type: 'stop', actor: actorOf() } as const
const NEVER = new Promise<never>(() => undefined)

describe('Generation', () => {
  test.each([
    ['throws', () => Promise.reject(new Error('no answer: hush-hush')), 'no answer: ***'],
    ['hangs', () => NEVER, 'no answer within 0.1 s'],
  ])(
    'given a surface whose look %s, counts three of them as unhealthy',
    async (_how, look, why) => {
      using scratch = createRunner(
        { maintainEveryMs: 1, maintain: look },
        { startTimeoutMs: 100 },
        { environment: { MY_TOKEN: 'hush-hush' } },
      )
      scratch.runner.dispatch(START)
      await scratch.reaches('failed')
      const reason = `3 looks in a row failed, the last one: ${why}`
      expect(scratch.records()).toMatchObject([
        { exit_reason: 'unhealthy', reason, crash_count: 1 },
      ])
      const report = `Cannot look at job: ${why}`
      expect(scratch.reports).toEqual([report, report])
    },
  )

  test('given a surface that answers between failed looks, keeps it', async () => {
    const answers = ['', '', 'ok', '', '', 'ok'].values()
    let looks = 0
    using scratch = createRunner({
      maintainEveryMs: 1,
      maintain: async () => {
        looks += 1
        if (answers.next().value === '') throw new Error('busy')
        return looks < 7 ? { action: 'none' } : { action: 'none', problem: 'seen' }
      },
    })
    scratch.runner.dispatch(START)
    await scratch.until(() => scratch.runner.lifecycle.reason === 'seen')
    expect(scratch.runner.lifecycle).toMatchObject({ state: 'running', crashes: [] })
  })

  test.each<[string, () => Promise<MaintenanceAction>, string, string]>([
    [
      'healthy',
      async () => ({ action: 'none' }),
      'running',
      'requirements, health and policy hold',
    ],
    ['to restart', async () => ({ action: 'restart', reason: 'slow' }), 'backoff', 'slow'],
    ['to end', async () => ({ action: 'terminate', reason: 'old' }), 'failed', 'old'],
    [
      'not to be asked',
      () => Promise.reject(new Error('deaf')),
      'backoff',
      'it cannot be looked at: deaf',
    ],
  ])('given a time to live that ends while it is %s, goes on as it says', async (...row) => {
    const [, maintain, state, reason] = row
    using scratch = createRunner({ maintain }, { maxTtlMs: 60_000, autoRestart: true })
    const { runner, definition } = scratch
    runner.dispatch(START)
    await scratch.reaches('running')
    // Longer than it has lived already, but soon.
    runner.define({ ...definition, policy: { ...definition.policy, maxTtlMs: 20 } })
    await scratch.until(() => scratch.records().length > 0 && runner.lifecycle.state === state)
    expect(scratch.records()[0]).toMatchObject({ reason })
  })

  test('given what it holds itself, does not miss it when its time to live ends', async () => {
    using scratch = createRunner({ requirements: () => [{ kind: 'memory', bytes: 1 }] })
    const { runner, definition } = scratch
    runner.dispatch(START)
    await scratch.reaches('running')
    const greedy = { requirements: () => [{ kind: 'memory', bytes: 2 ** 60 } as const] }
    Object.assign(definition.surface, greedy)
    runner.define({ ...definition, policy: { ...definition.policy, maxTtlMs: 1 } })
    await scratch.until(() => scratch.records().length > 0)
    expect(scratch.records()[0]).toMatchObject({ kind: 'renewed' })
  })

  test('given an end that fails, tells it without secrets', async () => {
    using scratch = createRunner(
      { terminate: () => Promise.reject(new Error('login hush-hush refused')) },
      {},
      { environment: { MY_TOKEN: 'hush-hush' } },
    )
    scratch.runner.dispatch(START)
    await scratch.reaches('running')
    scratch.runner.dispatch(STOP)
    await scratch.until(() => scratch.reports.length > 0)
    expect(scratch.reports).toEqual(['Cannot stop job: login *** refused'])
    expect(scratch.runner.lifecycle.state).toBe('stopping')
  })
})
