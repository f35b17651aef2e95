import { describe, expect, test } from 'vitest'
import type { Run } from './contract.ts'
import { watchLiveness } from './liveness.ts'

function runUntil(signal: AbortSignal): Run {
  return { key: 'k', generation: 1, signal, logFile: '/dev/null', stopGraceMs: 0 }
}

const run = runUntil(new AbortController().signal)
const ILL = { action: 'none', problem: 'it is ill' }

describe('watchLiveness()', () => {
  test('given failed looks, tells two and asks for a restart at the third in a row', async () => {
    const answers = ['it is ill', 'it is ill', undefined, 'it is ill', 'it is ill', 'it is ill']
    const { maintain } = watchLiveness(async () => answers.shift())
    const handle = { pid: 1 }
    const verdicts = []
    while (answers.length > 0) verdicts.push(await maintain(handle, run))
    expect(verdicts).toEqual([
      ILL,
      ILL,
      { action: 'none' },
      ILL,
      ILL,
      { action: 'restart', reason: 'it is ill, 3 looks in a row' },
    ])
  })

  test('given two handles, counts the looks at each', async () => {
    const { maintain } = watchLiveness(async () => 'it is ill')
    const [first, second] = [{ pid: 1 }, { pid: 1 }]
    const verdicts = []
    for (const handle of [first, second, first, second]) verdicts.push(await maintain(handle, run))
    expect(verdicts).toEqual([ILL, ILL, ILL, ILL])
    expect(await maintain(first, run)).toMatchObject({ action: 'restart' })
  })

  test('given a look that a stop interrupts, does not count it', async () => {
    const stopped = runUntil(AbortSignal.abort())
    const { maintain } = watchLiveness(async () => 'it is ill')
    const handle = { pid: 1 }
    for (let look = 0; look < 3; look += 1) {
      expect(await maintain(handle, stopped)).toEqual({ action: 'none' })
    }
    expect(await maintain(handle, run)).toEqual(ILL)
  })
})
