import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { identify, isSameProcess, readBootId } from './identity.ts'

describe('identify()', () => {
  test('given this process, gives what tells it from any other', () => {
    const identity = identify(process.pid)
    expect(identity).toMatchObject({ pid: process.pid, bootId: readBootId() })
    expect(identity?.startTicks).toBeGreaterThan(0)
  })

  test('given a pid that nobody has, gives nothing', () => {
    expect(identify(2 ** 22 + 1)).toBeUndefined()
  })

  test('given a zombie, calls it dead', async () => {
    // The shell turns into a program that never asks how its child ended.
    const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 1000'])
    const [chunk] = await once(parent.stdout, 'data')
    const zombie = Number(String(chunk))
    while (!(await isZombie(zombie))) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(identify(zombie)).toBeUndefined()
    parent.kill('SIGKILL')
    await once(parent, 'close')
  })
})

describe('isSameProcess()', () => {
  test('given a pid that another process has taken over, tells them apart', () => {
    const identity = identify(process.pid)
    if (!identity) throw new Error('this process is not in the table')
    expect(isSameProcess(identity)).toBe(true)
    expect(isSameProcess({ ...identity, startTicks: identity.startTicks - 1 })).toBe(false)
    expect(isSameProcess({ ...identity, bootId: 'an earlier boot' })).toBe(false)
  })
})

async function isZombie(pid: number): Promise<boolean> {
  const { readFile } = await import('node:fs/promises')
  return / Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8'))
}
