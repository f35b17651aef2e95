import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { orderByNeeds } from './graph.ts'

const numRuns = Number(process.env.B00T_PROPERTY_RUNS ?? 200)

/** Up to eight keys with any needs among them, and some that lead nowhere. */
const graphs = fc
  .array(fc.array(fc.nat({ max: 9 }), { maxLength: 4 }), { maxLength: 8 })
  .map((lists) => new Map(lists.map((list, key) => [String(key), list.map(String)])))

describe('orderByNeeds()', () => {
  test('given any graph, orders every key once, each after its needs unless a circle forbids it', () => {
    fc.assert(
      fc.property(graphs, (needs) => {
        const { order, cycles } = orderByNeeds(needs)
        expect([...order].sort()).toEqual([...needs.keys()].sort())
        if (cycles.length > 0) return
        for (const [key, wanted] of needs) {
          for (const need of wanted.filter((one) => needs.has(one))) {
            expect(order.indexOf(need)).toBeLessThan(order.indexOf(key))
          }
        }
      }),
      { numRuns },
    )
  })

  test('given any graph, reports circles exactly if there are some, and only real ones', () => {
    fc.assert(
      fc.property(graphs, (needs) => {
        const { cycles } = orderByNeeds(needs)
        expect(cycles.length > 0).toBe([...needs.keys()].some((key) => reaches(needs, key, key)))
        for (const cycle of cycles) {
          for (const [at, key] of cycle.entries()) {
            expect(needs.get(key)).toContain(cycle[(at + 1) % cycle.length])
          }
        }
      }),
      { numRuns },
    )
  })

  test('given a chain of ten thousand, does not run out of stack', () => {
    const chain = Array.from({ length: 10_000 }, (_, at): [string, string[]] => [
      String(at),
      [String(at + 1)],
    ])
    expect(orderByNeeds(new Map(chain)).order[0]).toBe('9999')
  })
})

function reaches(needs: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set(needs.get(from))
  for (const key of seen) for (const need of needs.get(key) ?? []) seen.add(need)
  return seen.has(to)
}
