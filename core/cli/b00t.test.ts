import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from './commands.ts'
import { createScratchHome, type ScratchHome } from './scratch-home-fixture.ts'

const SETTINGS = { '.b00trc.toml': 'datums = ["datums"]\n' }
const NAP = `[b00t]
name = "nap"
type = "service"
hint = "Sleeps"

[b00t.service]
argv = ["sh", "-c", "seq 1 100; exec sleep 1000"]
`
const ESCAPE = String.fromCharCode(27)

/** Most commands change nothing, so that they can share a folder and its supervisor. */
let shared: ScratchHome
beforeAll(async () => {
  shared = createScratchHome({ ...SETTINGS, 'datums/nap.toml': NAP })
  await shared.up()
  await shared.b00t('start', 'nap')
}, 60_000)
afterAll(() => shared[Symbol.asyncDispose]())

describe.concurrent('b00t, by its words', { timeout: 60_000 }, () => {
  test.each(COMMANDS.map(({ path }) => path))(
    'given %s %s --help, explains itself',
    async (...words) => {
      const path = words.filter((word) => word !== undefined)
      const { code, stdout, stderr } = await shared.b00t(...path, '--help')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(new RegExp(`^Usage: b00t ${path.join(' ')}`))
    },
  )

  test('given --help alone, lists every command, also those of plugins', async () => {
    const { code, stdout } = await shared.b00t('--help')
    expect(code).toBe(0)
    for (const { path } of COMMANDS) expect(stdout).toContain(` ${path[0]} `)
    expect(stdout).toMatch(/^ {2}server /m)
  })

  test('given an unknown command, suggests the nearest and exits with 2', async () => {
    const { code, stdout, stderr } = await shared.b00t('statsu')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('Did you mean status?')
  })

  test.each([
    ['an unknown option', ['status', '--jsn'], /Did you mean --json\?/],
    ['a missing name', ['start'], /missing required argument/],
    ['too many words', ['status', 'x', 'y'], /too many arguments/],
    ['an unknown format', ['datum', 'validate', '--format', 'xml'], /USAGE.*human, json, sarif/],
    ['a number of lines that is none', ['logs', 'nap', '-n', 'x'], /USAGE.*whole number/],
    ['a role that is none', ['--role', 'king', 'stop', 'nap'], /USAGE.*"king" is not a role/],
    ['a release without a reason', ['release', 'nap'], /USAGE.*--reason/s],
  ])('given %s, exits with 2', async (_what, words, text) => {
    const { code, stdout, stderr } = await shared.b00t(...words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(text)
  })

  test.each([
    ['start', 'nobody'],
    ['stop', 'nobody'],
    ['restart', 'nobody'],
    ['logs', 'nobody'],
    ['datum', 'show', 'nobody'],
    ['datum', 'schema', 'nobody'],
    ['release', 'nap', '--reason', 'x'],
  ])('given %s %s of something that is not there, exits with 1 and a code', async (...words) => {
    const { code, stdout, stderr } = await shared.b00t(...words)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^error\[[A-Z_]+\]: [A-Z]/)
  })

  test.each([
    ['status'],
    ['audit'],
    ['events'],
    ['plan'],
    ['apply'],
    ['doctor'],
    ['start', 'nap'],
    ['logs', 'nap'],
    ['datum', 'list'],
    ['datum', 'show', 'nap'],
    ['datum', 'schema', 'service'],
    ['datum', 'validate'],
    ['audit', '--verify'],
    ['plugin', 'list'],
  ])('given --json after %s %s, prints one JSON document and no escape code', async (...words) => {
    const { code, stdout, stderr } = await shared.b00t(...words, '--json')
    expect(code, stderr).toBe(0)
    expect(typeof JSON.parse(stdout)).toBe('object')
    expect(stdout + stderr).not.toContain(ESCAPE)
  })

  test('given no terminal, prints no escape code', async () => {
    const words = [['status'], ['doctor'], ['statsu'], ['datum', 'show', 'nobody']]
    for (const outcome of await Promise.all(words.map((line) => shared.b00t(...line)))) {
      expect(outcome.stdout + outcome.stderr).not.toContain(ESCAPE)
    }
  })

  test('given status --json, gives each row the promised fields', async () => {
    const rows = JSON.parse((await shared.b00t('status', '--json')).stdout)
    expect(rows).toEqual([
      {
        name: 'nap',
        key: 'nap',
        type: 'service',
        state: 'running',
        generation: 1,
        pid: expect.any(Number),
        uptime_s: expect.any(Number),
        crashes: 0,
        health: 'ok',
        endpoints: [],
        ttl_expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      },
    ])
  })

  test('given logs -n, prints so many lines from the end', async () => {
    expect((await shared.b00t('logs', 'nap', '-n', '2')).stdout).toBe('99\n100\n')
    expect((await shared.b00t('logs', 'nap', '-n', '0')).stdout).toBe('')
    expect((await shared.b00t('logs', 'nap')).stdout.split('\n')).toHaveLength(51)
    const asJson = await shared.b00t('logs', 'nap', '-n', '2', '--json')
    expect(JSON.parse(asJson.stdout)).toEqual(['99', '100'])
  })
})

describe.concurrent('b00t without a supervisor', { timeout: 60_000 }, () => {
  test('given many bad files, reports all of them in each format, in order', async () => {
    await using scratch = createScratchHome({ ...SETTINGS, ...badFiles() })
    const human = await scratch.b00t('datum', 'validate')
    expect(human.code).toBe(1)
    expect(human.stdout).toBe('12 datums checked, 23 errors, 0 warnings\n')
    const places = [...human.stderr.matchAll(/--> (\S+):(\d+):/g)].map(([, file, line]) => [
      file,
      Number(line),
    ])
    expect(places).toHaveLength(23)
    expect(places).toEqual(places.toSorted(byPlace))

    const formats = ['json', 'sarif', 'github'].map((format) =>
      scratch.b00t('datum', 'validate', '--format', format),
    )
    const [json, sarif, github] = await Promise.all(formats)
    expect([json?.code, sarif?.code, github?.code]).toEqual([1, 1, 1])
    expect(JSON.parse(json?.stdout ?? '').problems).toHaveLength(23)
    expect(JSON.parse(sarif?.stdout ?? '').runs[0].results).toHaveLength(23)
    expect(github?.stdout.match(/^::error file=/gm)).toHaveLength(23)
  })

  test.each(['service', 'watcher', 'backend'])(
    'given a new datum of type %s, validates it',
    async (type) => {
      await using scratch = createScratchHome(SETTINGS)
      mkdirSync(join(scratch.path, 'datums'))
      const made = await scratch.b00t('datum', 'new', type, 'mine')
      expect(made).toMatchObject({ code: 0, stdout: `datums/mine.${type}.toml\n` })
      expect((await scratch.b00t('datum', 'validate')).stdout).toMatch(/^1 datum checked, no prob/)
      const again = await scratch.b00t('datum', 'new', type, 'mine')
      expect(again.code).toBe(1)
      expect(again.stderr).toContain('DATUM_DUPLICATE')
      expect((await scratch.b00t('datum', 'new', type, '../mine')).code).toBe(2)
      const other = await scratch.b00t('datum', 'new', type, 'other', '--json')
      expect(JSON.parse(other.stdout)).toEqual({
        type,
        name: 'other',
        file: `datums/other.${type}.toml`,
      })
    },
  )

  test('given a journal that was changed, names the line', async () => {
    await using scratch = createScratchHome({ ...SETTINGS, 'datums/nap.toml': NAP })
    const up = await scratch.up()
    for (const verb of ['start', 'restart', 'stop']) await scratch.b00t(verb, 'nap')
    await up.end('SIGTERM')
    const file = join(scratch.home, 'audit.ndjson')
    expect((await scratch.b00t('audit', '--verify')).stdout).toBe('2 lines, the chain is whole\n')
    const text = readFileSync(file, 'utf8')
    scratch.write('home/audit.ndjson', text.replace('"stopped"', '"crashed"'))
    const { code, stderr } = await scratch.b00t('audit', '--verify')
    expect(code).toBe(1)
    expect(stderr).toMatch(/AUDIT_BROKEN[\s\S]*audit\.ndjson:2/)
  })

  test.each([['status'], ['down'], ['plan'], ['start', 'nap'], ['events']])(
    'given %s %s, says that no supervisor runs',
    async (...words) => {
      await using scratch = createScratchHome(SETTINGS)
      const { code, stdout, stderr } = await scratch.b00t(...words)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/SUPERVISOR_ABSENT[\s\S]*b00t up/)
    },
  )

  test('given settings that are wrong, says what and where', async () => {
    await using scratch = createScratchHome({ '.b00trc.toml': 'datmus = ["x"]\n' })
    const { code, stderr } = await scratch.b00t('datum', 'list')
    expect(code).toBe(1)
    expect(stderr).toMatch(/SETTINGS_INVALID\]: .*"datmus" is unknown[\s\S]*\.b00trc\.toml/)
    scratch.write('.b00trc.toml', 'plugins = ["nowhere"]\n')
    expect((await scratch.b00t('datum', 'list')).stderr).toContain('plugins names "nowhere"')
  })

  test('given a state folder that others may enter, closes it', async () => {
    await using scratch = createScratchHome(SETTINGS)
    mkdirSync(scratch.home)
    chmodSync(scratch.home, 0o755)
    await scratch.up()
    const parts = ['.', 'run', 'logs', 'audit.ndjson', 'run/supervisor.sock', 'logs/supervisor.log']
    const modes = parts.map((part) => statSync(join(scratch.home, part)).mode & 0o077)
    expect(modes).toEqual(parts.map(() => 0))
  })

  test('given a state folder that is none, says so', async () => {
    await using scratch = createScratchHome({ ...SETTINGS, home: 'a file' })
    const { code, stderr } = await scratch.b00t('up')
    expect(code).toBe(1)
    expect(stderr).toContain(`HOME_UNUSABLE]: Cannot use ${scratch.home}: `)
  })
})

/** Files with one error each at the start, and two more in every other one. */
function badFiles(): Record<string, string> {
  const names = Array.from({ length: 12 }, (_, index) => `datums/${index % 3}/bad-${index}.toml`)
  return Object.fromEntries(
    names.map((name, index) => {
      const more = index < 11 ? 'cwd = "x"\n' : ''
      const head = `[b00t]\nname = "bad-${index}"\ntype = "service"\nhint = "x"\n`
      return [name, `${head}\n[b00t.service]\nargv = []\n${more}`]
    }),
  )
}

function byPlace(
  [fileA, lineA]: readonly (string | number | undefined)[],
  [fileB, lineB]: readonly (string | number | undefined)[],
): number {
  if (fileA !== fileB) return String(fileA) < String(fileB) ? -1 : 1
  return Number(lineA) - Number(lineB)
}
