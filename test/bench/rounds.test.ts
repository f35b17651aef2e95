import { describe, expect, test } from 'vitest'
import { type Figures, keepQuiet, runRounds } from './rounds.ts'

const figures = (value: number): Figures => ({ target: { ms: value } })

describe('keepQuiet()', () => {
  test('given enough quiet rounds, leaves out the disturbed ones', () => {
    const rounds = [0, 0.9, 0.1, 0.3].map((foreign, round) => ({
      figures: figures(round),
      foreign,
    }))
    expect(keepQuiet(rounds)).toEqual({
      kept: [figures(0), figures(2), figures(3)],
      dropped: 1,
      noisy: false,
    })
  })

  test('given hardly a quiet round, keeps all and calls them noisy', () => {
    const rounds = [0, 0.9, 1.5, 0.31].map((foreign, round) => ({
      figures: figures(round),
      foreign,
    }))
    expect(keepQuiet(rounds)).toMatchObject({ dropped: 0, noisy: true })
    expect(keepQuiet(rounds).kept).toHaveLength(4)
  })
})

describe('runRounds()', () => {
  test('given two cases, measures them in turn until the time is up', async () => {
    const order: string[] = []
    const take = (name: string) => ({
      name,
      async measure() {
        order.push(name)
        await new Promise((resolve) => setTimeout(resolve, 20))
        return figures(1)
      },
    })
    const found = await runRounds({
      cases: [take('a'), take('b')],
      wanted: 1000,
      patienceMs: 100,
      children: [],
    })
    expect(order.slice(0, 2)).toEqual(['a', 'b'])
    expect(order.filter((name) => name === 'a')).toHaveLength(order.length / 2)
    expect([...found.keys()]).toEqual(['a', 'b'])
  })
})
