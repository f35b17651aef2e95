import { describe, expect, test } from 'vitest'
import { buildTable, renderTable } from './report.ts'

const spec = {
  title: 'Start of a command',
  measure: 'ms',
  unit: 'ms',
  reference: 'node',
  goals: [
    { target: 'status', of: 'ratio', atMost: 2 },
    { target: 'status', of: 'median', atMost: 50 },
  ],
} as const

const kept = [
  { node: { ms: 40 }, status: { ms: 70 }, other: { mib: 1 } },
  { node: { ms: 400 }, status: { ms: 720 }, other: { mib: 1 } },
  { node: { ms: 42 }, status: { ms: 76 }, other: { mib: 1 } },
]

describe('buildTable()', () => {
  test('given rounds, compares each target with the reference of the same round', () => {
    const table = buildTable(spec, { kept, dropped: 2, noisy: false })
    expect(table.rows.map(({ target, ratio }) => [target, ratio])).toEqual([
      ['node', 1],
      ['status', 1.8],
    ])
    expect(table.rows[1]?.goals).toEqual([
      { text: '≤ 2×', met: true },
      { text: '≤ 50 ms', met: false },
    ])
  })

  test('given no round, has no rows', () => {
    expect(buildTable(spec, { kept: [], dropped: 0, noisy: false }).rows).toEqual([])
  })
})

describe('renderTable()', () => {
  test('given a table, prints one aligned line per target', () => {
    const lines = renderTable(buildTable(spec, { kept, dropped: 2, noisy: false }))
    expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      Start of a command – 3 rounds, 2 dropped because others used more than 30 % of a core
        target  median ms  min–max  × node  goal
        node           42   40–400    1.00
        status         76   70–720    1.80  ≤ 2× met, ≤ 50 ms MISSED
      "
    `)
  })

  test('given noisy rounds, says that the figures are not to be trusted', () => {
    const [first] = renderTable(buildTable(spec, { kept, dropped: 0, noisy: true }))
    expect(first).toContain('repeat on a quiet machine')
  })
})
