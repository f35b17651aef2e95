import { describe, expect, test } from 'vitest'
import {
  foreignCores,
  parseBusyTicks,
  parseProcessTicks,
  readMemory,
  readProcessorTime,
  readTicks,
} from './machine.ts'

describe('parseBusyTicks()', () => {
  test('given the first line of /proc/stat, leaves out idle and waiting time', () => {
    const stat = 'cpu  10 20 30 4000 500 6 7 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n'
    expect(parseBusyTicks(stat)).toBe(10 + 20 + 30 + 6 + 7 + 8)
  })
})

describe('parseProcessTicks()', () => {
  test('given a name with spaces and brackets, adds up the process and its ended children', () => {
    const stat = '42 (a ) b) S 1 42 42 0 -1 4194304 9 9 9 9 100 20 3 4 20 0 11 0 5 6 7'
    expect(parseProcessTicks(stat)).toBe(127)
  })
})

describe('foreignCores()', () => {
  test('given busy ticks beyond our own, tells how many cores they are', () => {
    const before = { everybody: 1000, ours: 100, at: 0 }
    expect(foreignCores(before, { everybody: 1300, ours: 200, at: 2000 })).toBe(1)
  })

  test('given rounding that makes ours more than everybody’s, is zero', () => {
    const before = { everybody: 1000, ours: 100, at: 0 }
    expect(foreignCores(before, { everybody: 1001, ours: 103, at: 100 })).toBe(0)
  })
})

describe('readTicks()', () => {
  test('given this process, sees that it has worked', () => {
    const { everybody, ours } = readTicks([])
    expect(ours).toBeGreaterThan(0)
    expect(everybody).toBeGreaterThanOrEqual(ours)
  })
})

describe('readProcessorTime()', () => {
  test('given work, grows by at least a good part of it', () => {
    const before = { kernel: readProcessorTime(process.pid), node: process.cpuUsage() }
    while (process.cpuUsage(before.node).user < 20_000) Math.sqrt(before.kernel)
    expect(readProcessorTime(process.pid) - before.kernel).toBeGreaterThan(10_000)
  })
})

describe('readMemory()', () => {
  test('given this process, is near what Node says', () => {
    const ratio = readMemory(process.pid) / (process.memoryUsage.rss() / 2 ** 20)
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2)
  })
})
