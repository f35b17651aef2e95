import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeOwnLog } from './own-log.ts'

describe('writeOwnLog()', () => {
  test('given a disk that is full for a while, says so once and goes on', () => {
    const folder = mkdtempSync(join(tmpdir(), 'b00t-log-'))
    const path = join(folder, 'supervisor.log')
    const said: string[] = []
    symlinkSync('/dev/full', path)
    const write = writeOwnLog(path, (line) => said.push(line))
    const event = { seq: 1, at: '', type: 'x', data: { a: 1 } }
    write(event)
    write(event)
    expect(said).toEqual([expect.stringMatching(/^Cannot write .*supervisor\.log.*ENOSPC/)])
    rmSync(path)
    write(event)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ event: 'x', data: { a: 1 } })
    expect(said).toHaveLength(1)
    rmSync(folder, { recursive: true })
  })
})
