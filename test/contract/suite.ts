import { describe, expect, type TestContext, test } from 'vitest'
import type { AuditData } from '../../core/lifecycle/audit-record.ts'
import type { Registry } from '../../core/supervisor/registry.ts'
import type { Endpoint, Handle, ProcessSurface, Run } from '../../core/surface/contract.ts'
import type { LoadedPlugin } from '../../core/surface/discover.ts'
import { accepts } from '../fixtures/accepts.ts'
import { auditOf } from './audited-run.ts'
import { countResources, filesBelow, findLeftovers } from './leftovers.ts'
import { processesOf } from './marked-processes.ts'
import { prepareTrial, readSample, type Trial } from './trial.ts'

const LIMIT_MS = 90_000
const ACTIONS = ['none', 'restart', 'terminate', 'quarantine']

/** Declares the tests that every plugin must pass, with its `sample.toml`. */
export function describeContract(loaded: LoadedPlugin, registry: Registry): void {
  const { type, create } = loaded.plugin
  describe(`the contract of ${type}`, () => {
    test('given its sample, finds no problems', () => {
      const { datum, problems } = readSample(loaded, registry)
      expect(problems).toEqual([])
      expect(datum?.type).toBe(type)
    })
    if (!create) return
    test('given requirements() is asked twice, answers the same and changes nothing', async () => {
      await using trial = await prepareTrial(loaded, registry)
      checkRequirements(trial)
    })
    for (const [name, check] of CHECKS) {
      test(name, { timeout: LIMIT_MS }, async (context) => {
        await using trial = await prepareTrial(loaded, registry)
        await skipUnmet(context, trial)
        await check(trial, registry)
        expect(await findLeftovers(trial)).toEqual([])
      })
    }
  })
}

/** One test: leaves nothing of the trial running, which is checked afterwards. */
type Check = (trial: Trial, registry: Registry) => Promise<void>

const CHECKS: readonly (readonly [string, Check])[] = [
  ['given a whole life, starts, serves, answers and ends twice', checkLife],
  ['given an abort during operate(), leaves nothing', checkAbortedOperate],
  ['given an abort before it is ready, stops waiting and leaves nothing', checkAbortedReady],
  ['given another supervisor, its surface adopts and ends it', checkAdoption],
  ['given a start and a stop, the audit has one complete record', checkAudit],
]

const told = new Set<string>()

async function skipUnmet(context: TestContext, trial: Trial): Promise<void> {
  const unmet = await trial.unmet()
  if (unmet.length === 0) return
  const reason = `this machine cannot run a ${trial.datum.type}: ${unmet.join('; ')}`
  if (!told.has(reason)) process.stderr.write(`skipped: ${reason}\n`)
  told.add(reason)
  context.skip(reason)
}

function checkRequirements(trial: Trial): void {
  const before = filesBelow(trial.home.path)
  const surface = trial.surface()
  const first = surface.requirements()
  expect(surface.requirements()).toStrictEqual(first)
  expect(jsonCopy(first)).toStrictEqual(first)
  expect(filesBelow(trial.home.path)).toEqual(before)
}

async function checkLife(trial: Trial): Promise<void> {
  const resources = await countResources()
  const surface = trial.surface()
  const run = trial.run()
  const handle = await start(surface, run)
  try {
    await surface.ready?.(handle, run)
    expect(jsonCopy(handle)).toStrictEqual(handle)
    for (const endpoint of surface.endpoints?.(handle) ?? []) await checkEndpoint(endpoint)
    await checkMaintenance(surface, handle, run)
  } finally {
    await surface.terminate(handle, run)
  }
  expect(await findLeftovers(trial)).toEqual([])
  expect(await countResources()).toBeLessThanOrEqual(resources)
  await surface.terminate(handle, run)
}

async function checkAbortedOperate(trial: Trial): Promise<void> {
  const controller = new AbortController()
  const surface = trial.surface()
  const run = trial.run(controller.signal)
  const starting = start(surface, run)
  controller.abort()
  const [outcome] = await Promise.allSettled([starting])
  if (outcome.status === 'fulfilled') await surface.terminate(outcome.value, run)
}

async function checkAbortedReady(trial: Trial): Promise<void> {
  const controller = new AbortController()
  const surface = trial.surface()
  const run = trial.run(controller.signal)
  const handle = await start(surface, run)
  try {
    const waiting = surface.ready?.(handle, run)
    controller.abort()
    // It may have become ready just before; that it settles at all is what counts.
    await Promise.allSettled([waiting])
  } finally {
    await surface.terminate(handle, run)
  }
}

async function checkAdoption(trial: Trial): Promise<void> {
  const first = trial.surface()
  const run = trial.run()
  const handle = await start(first, run)
  const second = first.adopt ? trial.surface() : first
  const copy = jsonCopy(handle)
  try {
    await first.ready?.(handle, run)
    if (!second.adopt) return
    expect(await second.adopt(copy)).toBe(true)
    const owned = processesOf(trial.key)
    await second.terminate(copy, trial.run())
    if (owned.length > 0) expect(await second.adopt(copy)).toBe(false)
  } finally {
    await first.terminate(handle, run)
  }
}

async function checkAudit(trial: Trial, registry: Registry): Promise<void> {
  const records = await auditOf(trial, registry.define(trial.datum, trial.host))
  expect(records).toEqual([
    {
      seq: 1,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      kind: 'end',
      surface: trial.key,
      generation: 1,
      actor: 'the contract',
      role: expect.any(String),
      uptime_s: expect.any(Number),
      exit_reason: expect.stringMatching(/^(stopped|completed)$/),
      crash_count: 0,
      bytes_logged: expect.any(Number),
      reason: expect.any(String),
      ...exitOf(records[0]),
      prev: '0'.repeat(64),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ])
}

/** How a process ended is in the record where there was one. */
function exitOf(record: AuditData | undefined): object {
  const { exit_code, signal } = record ?? {}
  return {
    ...(exit_code === undefined ? {} : { exit_code: expect.any(Number) }),
    ...(signal === undefined ? {} : { signal: expect.stringMatching(/^SIG/) }),
  }
}

async function start(surface: ProcessSurface, run: Run): Promise<Handle> {
  await surface.init?.(run)
  return await surface.operate(run)
}

async function checkMaintenance(surface: ProcessSurface, handle: Handle, run: Run): Promise<void> {
  if (!surface.maintain) return
  const answer = await surface.maintain(handle, run)
  expect(ACTIONS).toContain(answer.action)
  if (!surface.endsByItself) expect(answer).toEqual({ action: 'none' })
}

async function checkEndpoint(endpoint: Endpoint): Promise<void> {
  expect(endpoint).toMatchObject({
    protocol: expect.stringMatching(/^[a-z][a-z0-9-]*$/),
    url: expect.stringMatching(/^https?:\/\/.*[^/]$/),
    tier: expect.stringMatching(/^(local|remote|embedded)$/),
  })
  expect(endpoint.models.every((model) => model !== '')).toBe(true)
  const { hostname: host, port } = new URL(endpoint.url)
  if (endpoint.tier === 'remote') return
  const where = endpoint.socketPath ? { path: endpoint.socketPath } : { host, port: Number(port) }
  expect(await accepts(where)).toBe(true)
}

function jsonCopy<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value))
}
