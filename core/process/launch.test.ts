import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { identify, MARKER_VARIABLE } from './identity.ts'
import { baseEnvironment, launch, markerOf, observedExit } from './launch.ts'
import { createScratchRun, type ScratchRun } from './scratch-run-fixture.ts'
import { stopProcess } from './stop.ts'

const TELLS = fileURLToPath(
  new URL('../../test/fixtures/programs/tells-arguments.sh', import.meta.url),
)
const NAP = { argv: ['sleep', '1000'] }

describe('launch()', () => {
  test('given an argument full of shell, hands it on as it is', async () => {
    using run = createScratchRun()
    const hostile = `$(touch ${run.folder}/x); rm -rf "${run.folder}"\nsecond line`
    expect(await outputOf(run, [hostile, ''])).toContain(`argument ${hostile}\nargument \n`)
    expect(existsSync(join(run.folder, 'x'))).toBe(false)
  })

  test('given the environment of the supervisor, hands on only what is on the list', async () => {
    using run = createScratchRun()
    process.env.B00T_TEST_SECRET = 'hush'
    const output = await outputOf(run, [], { MINE: 'yes' })
    delete process.env.B00T_TEST_SECRET
    const names = [...output.matchAll(/^variable (\w+)=/gm)].map(([, name]) => name)
    expect(output).not.toContain('hush')
    expect(names).toEqual(expect.arrayContaining(['PATH', 'MINE', MARKER_VARIABLE]))
    expect(output).toContain(`variable ${MARKER_VARIABLE}=${markerOf(run)}\n`)
  })

  test('given a log file, appends to it and lets only its owner read it', async () => {
    using run = createScratchRun()
    await outputOf(run, ['one'])
    expect(await outputOf(run, ['two'])).toMatch(/argument one[\s\S]+argument two/)
    expect(statSync(run.logFile).mode & 0o777).toBe(0o600)
    expect(statSync(dirname(run.logFile)).mode & 0o777).toBe(0o700)
  })

  test.each([
    ['a program that does not exist', ['no-such-program-here'], '/'],
    ['a file that is not executable', ['/etc/passwd'], '/'],
    ['a folder that does not exist', ['sleep', '1'], '/no/such/folder'],
  ])('given %s, fails with SURFACE_START_FAILED', async (_what, argv, cwd) => {
    using run = createScratchRun()
    await expect(launch({ argv, cwd }, run)).rejects.toMatchObject({
      code: 'SURFACE_START_FAILED',
      message: expect.stringContaining(`Cannot execute "${argv[0]}"`),
    })
  })

  test('given a process, makes it the leader of a session with an identity', async () => {
    using run = createScratchRun()
    const launched = await launch(NAP, run)
    expect(identify(launched.pid)).toMatchObject({ startTicks: launched.startTicks })
    expect(sessionOf(launched.pid)).toBe(launched.pid)
    await stopProcess(launched, { signal: 'SIGTERM', graceMs: 5000 })
    expect(await observedExit(launched.pid)).toEqual({ code: null, signal: 'SIGTERM' })
  })
})

describe('baseEnvironment()', () => {
  test('given variables, keeps those of the list', () => {
    const all = { PATH: '/bin', LC_ALL: 'C', XDG_RUNTIME_DIR: '/run', API_KEY: 'x', HOMER: 'y' }
    expect(baseEnvironment(all)).toEqual({ PATH: '/bin', LC_ALL: 'C', XDG_RUNTIME_DIR: '/run' })
  })
})

/** What a program that tells its arguments and environment has written to the log. */
async function outputOf(
  run: ScratchRun,
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const { pid } = await launch({ argv: [TELLS, ...args], environment }, run)
  expect(await observedExit(pid)).toEqual({ code: 0, signal: null })
  return readFileSync(run.logFile, 'utf8')
}

function sessionOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[3])
}
