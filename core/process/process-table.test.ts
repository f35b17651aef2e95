import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { MARKER_VARIABLE, type Member } from './identity.ts'
import { readProcessTable } from './process-table.ts'

function inSession(table: readonly Member[], leader: number): number[] {
  return table.filter(({ session }) => session === leader).map(({ pid }) => pid)
}

describe('readProcessTable()', () => {
  test('given a session, finds its processes, their marker and never this one', async () => {
    const environment = { ...process.env, [MARKER_VARIABLE]: 'a:1:b' }
    const script = 'sleep 1000 & echo $!; wait'
    const leader = spawn('sh', ['-c', script], { detached: true, env: environment })
    const [chunk] = await once(leader.stdout, 'data')
    const session = leader.pid ?? 0
    const table = await readProcessTable()
    const found = table.filter((member) => member.session === session)
    expect(inSession(table, session).sort()).toEqual([session, Number(String(chunk))].sort())
    expect(found.map(({ marker }) => marker)).toContain('a:1:b')
    expect(table.some(({ pid }) => pid === process.pid)).toBe(false)
    process.kill(-session, 'SIGKILL')
    await once(leader, 'close')
    expect(inSession(await readProcessTable(), session)).toEqual([])
  })

  test('given many who ask at once, scans once for all; whoever asks later gets a later scan', async () => {
    const [first, second] = await Promise.all([readProcessTable(), readProcessTable()])
    expect(second).toBe(first)
    expect(await readProcessTable()).not.toBe(first)
  })
})
