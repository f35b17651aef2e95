import { describe, expect, test } from 'vitest'
import { Backlog } from './backlog.ts'

const AT = new Date('2026-01-02T03:04:05.678Z')

/** A backlog before a disk that can be full, and what it said and wrote. */
function createBacklog(): {
  disk: { full: boolean }
  written: object[]
  reports: string[]
  add(word: string): void
  close(): void
} {
  const disk = { full: false }
  const written: object[] = []
  const reports: string[] = []
  const backlog = new Backlog((data) => {
    if (disk.full) throw new Error('no space left')
    written.push(data)
  })
  const add = (word: string) => backlog.add({ word }, AT, (message) => reports.push(message))
  return { disk, written, reports, add, close: () => backlog.close() }
}

describe('Backlog', () => {
  test('given a disk that is full for a while, writes everything in order and says so once', () => {
    const { disk, written, reports, add, close } = createBacklog()
    add('one')
    disk.full = true
    add('two')
    add('three')
    disk.full = false
    add('four')
    close()
    expect(written).toEqual(['one', 'two', 'three', 'four'].map((word) => ({ word })))
    expect(reports).toEqual([
      'Cannot write the audit record {"word":"two"} yet: no space left',
      'The journal can be written again: added 3 audit records',
    ])
  })

  test('given an end with room again, writes what waits', () => {
    const { disk, written, add, close } = createBacklog()
    disk.full = true
    add('one')
    disk.full = false
    close()
    expect(written).toEqual([{ word: 'one' }])
  })

  test('given an end without room, tells what is lost', () => {
    const { disk, reports, add, close } = createBacklog()
    disk.full = true
    add('one')
    close()
    close()
    expect(reports.slice(1)).toEqual([
      'Lost 1 audit record: {"at":"2026-01-02T03:04:05.678Z","word":"one"}',
    ])
  })
})
