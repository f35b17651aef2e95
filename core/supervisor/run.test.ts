import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Home, locateHome, prepareHome } from './home.ts'
import { takeLock } from './lock.ts'
import { type RunOptions, runSupervisor } from './run.ts'

let scratch: string
let home: Home
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'b00t-run-'))
  home = prepareHome(locateHome({ B00T_HOME: join(scratch, 'home') }))
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))

describe('runSupervisor()', () => {
  test.each([
    ['journal', () => mkdirSync(home.audit), {}],
    ['plugin folder', () => undefined, { plugins: ['\0'] }],
  ])('given a %s that cannot be read, gives the lock back', async (_what, harm, settings) => {
    harm()
    await expect(runSupervisor(optionsWith(settings))).rejects.toThrow()
    expect(existsSync(home.supervisor)).toBe(false)
    const lock = await takeLock(home, new Date())
    lock.release()
  })

  test('given an end that is asked for twice, ends once and gives everything back', async () => {
    const { shutDown, ended } = await runSupervisor(optionsWith({}))
    expect(await Promise.all([shutDown('x'), shutDown('y'), ended])).toEqual([[], [], []])
    expect([home.supervisor, home.socket].filter((path) => existsSync(path))).toEqual([])
  })
})

function optionsWith(settings: Partial<RunOptions['settings']>): RunOptions {
  return {
    home,
    settings: { datums: [], plugins: [], role: 'operator', ...settings },
    environment: {},
    names: [],
    onEvent: () => undefined,
    complain: () => undefined,
  }
}
