import { describe, expect, test } from 'vitest'
import type { Exit, Handle, Run } from '../surface/contract.ts'
import { processSurface } from './process-surface.ts'
import { createScratchRun } from './scratch-run-fixture.ts'

const SURFACE = processSurface({
  requirements: () => [],
  command: () => ({ argv: ['sleep', '1000'] }),
})

/** Starts and ends it; gives what was known of its exit at the moment the end was reported. */
async function exitKnownAfterStop(run: Run): Promise<Exit | undefined> {
  const handle: Handle = await SURFACE.operate(run)
  let known: Exit | undefined
  void SURFACE.exited?.(handle, run).then((exit) => {
    known = exit
  })
  await SURFACE.terminate(handle, run)
  return known
}

describe('processSurface()', () => {
  test('given many stops, knows each time how it ended once it has ended', async () => {
    using run = createScratchRun()
    const rounds = Array.from({ length: 20 }, () => exitKnownAfterStop(run))
    for (const exit of await Promise.all(rounds)) {
      expect(exit).toEqual({ code: null, signal: 'SIGTERM' })
    }
  })
})
