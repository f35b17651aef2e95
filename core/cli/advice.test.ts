import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createScratchHome, isAlive, type ScratchHome, until } from './scratch-home-fixture.ts'

const LAUNCHER = fileURLToPath(new URL('./b00t.mjs', import.meta.url))
const SETTINGS = { '.b00trc.toml': 'datums = ["datums", "gone"]\n' }
const ESCAPE = String.fromCharCode(27)

function service(name: string, argv: readonly string[], head = ''): string {
  return `[b00t]\nname = "${name}"\ntype = "service"\n${head}\n[b00t.service]\nargv = ${JSON.stringify(argv)}\n`
}

const FILES = {
  ...SETTINGS,
  'datums/nap.toml': service('nap', ['sleep', '1000']),
  'datums/missing.toml': service('missing', ['no-such-program'], 'autostart = true'),
  'datums/later.toml': service('later', ['no-such-program'], 'hint = "red \\u001b[31m line"'),
  'datums/wrong.toml': '[b00t]\nname = "wrong"\ntype = "service"\n[b00t.service]\nargv = 1\n',
  'datums/a-name-that-is-much-longer-than-what-a-cell-may-hold.toml': service('long', ['true']),
}

let shared: ScratchHome
let detached: Awaited<ReturnType<ScratchHome['b00t']>>
beforeAll(async () => {
  shared = createScratchHome(FILES)
  detached = await shared.b00t('up', '--detach')
}, 60_000)
afterAll(async () => {
  await shared.b00t('down')
  await shared[Symbol.asyncDispose]()
}, 60_000)

describe.concurrent('what b00t says beside the facts', { timeout: 60_000 }, () => {
  test('given up --detach, tells what cannot be used or started and where things are', () => {
    expect(detached.code).toBe(0)
    expect(detached.stderr).toMatch(/^error\[DATUM_INVALID\]/m)
    expect(detached.stderr).toMatch(/^missing is blocked \(program "no-such-program"/m)
    expect(detached.stderr).toContain(`State and logs: ${shared.home}`)
  })

  test('given a file that cannot be used, status ends with that', async () => {
    const { code, stderr } = await shared.b00t('status')
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: '1 datum file cannot be used: b00t datum validate\n',
    })
    expect((await shared.b00t('status', '--json')).stderr).toBe('')
  })

  test('given folders and files that are not there, validate says so', async () => {
    const settings = await shared.b00t('datum', 'validate')
    expect(settings.code).toBe(1)
    expect(settings.stderr).toMatch(/DATUM_UNREADABLE.*There is no such file or folder/)
    expect(settings.stdout).toMatch(/datums checked, 2 errors, 0 warnings\n$/)
    const named = await shared.b00t('datum', 'validate', 'nowhere', 'datums/nap.toml')
    expect(named.code).toBe(1)
    expect(named.stdout).toBe('1 datum checked, 1 error, 0 warnings\n')
  })

  test('given doctor, tells apart what fails and what nobody asked for', async () => {
    const { code, stdout } = await shared.b00t('doctor')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^fail {2}missing could not start: program/m)
    expect(stdout).toMatch(/^-- {4}later is not startable now: program/m)
    expect(stdout).not.toMatch(/^ok .*could not/m)
  })

  test('given a long name and a control character, datum list cuts and leaves out', async () => {
    const { stdout } = await shared.b00t('datum', 'list')
    expect(stdout).toContain('a-name-that-is-much-longer-than-what-a-…  ')
    expect(stdout).toMatch(/^later .*red {2}line/m)
    expect(stdout).not.toContain(ESCAPE)
  })

  test.each([
    [['datum', 'new', 'nonsense', 'x'], 'b00t plugin list'],
    [['datum', 'new', 'service', 'taken'], 'Choose another name.'],
    [['audit', 'nosuch'], 'There is no record of "nosuch"'],
  ])('given %j, fails and gives advice', async (words, advice) => {
    shared.write('datums/taken.service.toml', service('taken', ['true']))
    const { code, stderr } = await shared.b00t(...words)
    expect(code).toBe(1)
    expect(stderr).toContain(advice)
  })

  test('given --role with more than one has, says what it acts as', async () => {
    const { stderr } = await shared.b00t('--role', 'executive', 'stop', 'nap')
    expect(stderr).toBe('role executive is higher than yours: acting as operator\n')
    expect((await shared.b00t('--role', 'operator', 'stop', 'nap')).stderr).toBe('')
  })
})

describe('b00t without a state folder', { timeout: 60_000 }, () => {
  test('given the default folders, validates, and doctor says that it is not there yet', async () => {
    await using scratch = createScratchHome({})
    const { code, stderr } = await scratch.b00t('datum', 'validate')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect((await scratch.b00t('doctor')).stdout).toMatch(
      /^-- {4}state folder .* is not there yet/m,
    )
  })
})

describe('findPortClashes()', { timeout: 60_000 }, () => {
  test('given two datums that start on one port, warns of both and exits with 0', async () => {
    const serves = service('one', ['true'], 'autostart = true')
    await using scratch = createScratchHome({
      'datums/one.toml': `${serves}ports = [4711]\n`,
      'datums/two.toml': `${serves.replace('one', 'two')}ports = [4711]\n`,
    })
    const { code, stderr } = await scratch.b00t('datum', 'validate')
    expect(code).toBe(0)
    expect(stderr).toMatch(/^warning\[PORT_CLASH\]: one and two both start/m)
  })
})

describe('onNpmGone()', { timeout: 60_000 }, () => {
  test('given npm that is ended without a word, shuts down', async () => {
    await using scratch = createScratchHome({ 'datums/nap.toml': FILES['datums/nap.toml'] })
    mkdirSync(scratch.home)
    const parent = startLikeNpm(scratch)
    const { pid } = await supervisorOf(scratch)
    parent.kill('SIGKILL')
    await until(() => !isAlive(pid))
  })
})

function startLikeNpm({ path, home }: ScratchHome): ChildProcess {
  const code = `require('node:child_process').spawn(process.execPath, ${JSON.stringify([LAUNCHER, 'up'])}, { stdio: 'ignore' }); setInterval(() => {}, 1000)`
  const env = { PATH: process.env.PATH, HOME: path, B00T_HOME: home, npm_lifecycle_event: 'up' }
  return spawn(process.execPath, ['-e', code], { cwd: path, env, stdio: 'ignore' })
}

async function supervisorOf({ home, status }: ScratchHome): Promise<{ pid: number }> {
  await until(async () => (await status('nap')) !== undefined)
  return JSON.parse(readFileSync(join(home, 'run', 'supervisor.json'), 'utf8'))
}
