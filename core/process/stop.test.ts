import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { identify, readBootId } from './identity.ts'
import { type Launched, launch, observedExit } from './launch.ts'
import { createScratchRun, type ScratchRun } from './scratch-run-fixture.ts'
import { stopEveryGeneration, stopMarked, stopProcess } from './stop.ts'

const POLITE = { signal: 'SIGTERM', graceMs: 5000 } as const
const IMPATIENT = { signal: 'SIGTERM', graceMs: 200 } as const

describe.concurrent('stopProcess()', () => {
  test('given a program that obeys, ends it with the signal', async () => {
    using run = createScratchRun()
    const launched = await launch({ argv: ['sleep', '1000'] }, run)
    await stopProcess(launched, POLITE)
    expect(await observedExit(launched.pid)).toEqual({ code: null, signal: 'SIGTERM' })
  })

  test('given a program that ignores the signal, kills it after the grace', async () => {
    using run = createScratchRun()
    const launched = await launchFixture('ignores-term.sh', run)
    await lines(run, 1)
    await stopProcess(launched, IMPATIENT)
    expect(await observedExit(launched.pid)).toEqual({ code: null, signal: 'SIGKILL' })
  })

  test.each(['with-children.sh', 'escapes.sh', 'clears-environment.sh', 'leaves-orphan.sh'])(
    'given %s, ends everything it started',
    async (program) => {
      using run = createScratchRun()
      const launched = await launchFixture(program, run)
      const children = (await lines(run, program === 'with-children.sh' ? 2 : 1)).map(Number)
      expect(children.filter(isThere)).toEqual(children)
      await stopProcess(launched, POLITE)
      expect([launched.pid, ...children].filter(isThere)).toEqual([])
    },
  )

  test('given something that was stopped, changes nothing the second time', async () => {
    using run = createScratchRun()
    const launched = await launch({ argv: ['sleep', '1000'] }, run)
    await Promise.all([stopProcess(launched, POLITE), stopProcess(launched, POLITE)])
    await stopProcess(launched, POLITE)
    expect(isThere(launched.pid)).toBe(false)
  })

  test('given a stranger with the same pid, never signals it', async () => {
    const stranger = spawn('sleep', ['1000'], { detached: true })
    const pid = stranger.pid ?? 0
    const { startTicks = 0 } = identify(pid) ?? {}
    const bootId = readBootId()
    const marker = 'nobody:1:0'
    await stopProcess({ pid, bootId, startTicks: startTicks - 1, marker }, POLITE)
    await stopProcess({ pid, bootId: 'an earlier boot', startTicks, marker }, POLITE)
    expect(isThere(pid)).toBe(true)
    stranger.kill('SIGKILL')
  })
})

describe('stopEveryGeneration()', () => {
  test('given a key, ends all generations of it in this state folder and nothing else', async () => {
    using run = createScratchRun()
    using other = createScratchRun()
    const nap = { argv: ['sleep', '1000'] }
    const mine = [await launch(nap, run), await launch(nap, { ...run, generation: 12 })]
    const theirs = [await launch(nap, other), await launch(nap, { ...run, key: 'scratch:12' })]
    expect(await stopEveryGeneration(run, POLITE)).toEqual([1, 12])
    expect(await stopEveryGeneration(run, POLITE)).toEqual([])
    expect([...mine, ...theirs].map(({ pid }) => isThere(pid))).toEqual([false, false, true, true])
    for (const launched of theirs) await stopProcess(launched, POLITE)
  })
})

describe('stopMarked()', () => {
  test('given a marker, ends what carries it and nothing else', async () => {
    using run = createScratchRun()
    using other = createScratchRun()
    const launched = await launch({ argv: ['sleep', '1000'] }, run)
    const neighbour = await launch({ argv: ['sleep', '1000'] }, other)
    await stopMarked(launched.marker, POLITE)
    expect([launched.pid, neighbour.pid].map(isThere)).toEqual([false, true])
    await stopProcess(neighbour, POLITE)
  })
})

function launchFixture(name: string, run: ScratchRun): Promise<Launched> {
  const file = fileURLToPath(new URL(`../../test/fixtures/programs/${name}`, import.meta.url))
  return launch({ argv: [file] }, run)
}

function isThere(pid: number): boolean {
  return identify(pid) !== undefined
}

/** The lines of a log once there are enough. */
async function lines(run: ScratchRun, count: number): Promise<string[]> {
  for (let round = 0; round < 500; round++) {
    const found = readFileSync(run.logFile, 'utf8').split('\n').slice(0, -1)
    if (found.length >= count) return found
    await pause(20)
  }
  throw new Error('the program has not written enough')
}
