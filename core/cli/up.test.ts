import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createScratchHome, isAlive, type ScratchHome, until } from './scratch-home-fixture.ts'

const SETTINGS = { '.b00trc.toml': 'datums = ["datums"]\nplugins = ["plugins"]\n' }
/** Longer than what counts as one press of Ctrl-C. */
const NEXT_PRESS_MS = 700
const DEAF = `[b00t]
name = "deaf"
type = "service"
autostart = true

[b00t.service]
argv = ["node", "-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')"]

[b00t.governance]
stop_grace = "60s"
`

/** A plugin whose surfaces run this code where it says `CODE`. */
function oddPlugin(code: string, members = ''): Record<string, string> {
  return {
    'plugins/odd/index.mjs': `import { definePlugin } from '#core'
export default definePlugin({
  type: 'odd',
  summary: 'For tests.',
  create: () => ({
    requirements: () => [],
    async operate() { ${code}; return {} },
    async terminate() {},
    ${members}
  }),
})
`,
    'plugins/odd/schema.json': JSON.stringify({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $defs: { table: { type: 'object' } },
      type: 'object',
      properties: { b00t: { type: 'object', properties: { odd: { $ref: '#/$defs/table' } } } },
    }),
    'datums/odd.toml': '[b00t]\nname = "odd"\ntype = "odd"\nautostart = true\n[b00t.odd]\n',
  }
}

/** Waits until it hears no SIGTERM any more; its pid. */
async function becomesDeaf({ home, reaches }: ScratchHome): Promise<number> {
  const { pid = 0 } = await reaches('deaf', ({ state }) => state === 'running')
  await until(() => readFileSync(join(home, 'logs', 'deaf.log'), 'utf8').includes('deaf'))
  return pid
}

describe.concurrent('b00t up', { timeout: 60_000 }, () => {
  test('given Ctrl-C three times, says what it waits for, then what it leaves running', async () => {
    await using scratch = createScratchHome({ ...SETTINGS, 'datums/deaf.toml': DEAF })
    mkdirSync(join(scratch.path, 'plugins'))
    const up = await scratch.up()
    const pid = await becomesDeaf(scratch)
    const press = async (says: string) => {
      process.kill(up.pid, 'SIGINT')
      await until(() => up.output().includes(says), up.output)
      await pause(NEXT_PRESS_MS)
    }
    await press('stopping …')
    await press('still stopping: deaf; press Ctrl-C again')
    expect(await up.end('SIGINT')).toBe(70)
    expect(up.output()).toContain(`left running: deaf (pid ${pid})`)
    expect(isAlive(pid)).toBe(true)
  })

  test('given Ctrl-C that arrives twice at once, counts it once', async () => {
    const nap = DEAF.replace("process.on('SIGTERM', () => {}); ", '')
    await using scratch = createScratchHome({ 'datums/deaf.toml': nap })
    const up = await scratch.up()
    await scratch.reaches('deaf', ({ state }) => state === 'running')
    process.kill(up.pid, 'SIGINT')
    expect(await up.end('SIGINT')).toBe(0)
    expect(up.output()).not.toContain('still stopping')
  })

  test('given a full disk under its log, says so once and goes on', async () => {
    await using scratch = createScratchHome({ ...SETTINGS, ...oddPlugin('') })
    mkdirSync(join(scratch.home, 'logs'), { recursive: true })
    symlinkSync('/dev/full', join(scratch.home, 'logs', 'supervisor.log'))
    const up = await scratch.up()
    await scratch.reaches('odd', ({ state }) => state === 'running')
    expect(up.output().match(/Cannot write .*supervisor\.log.*ENOSPC/g)).toHaveLength(1)
    expect(await up.end('SIGTERM')).toBe(0)
  })

  test('given a promise that a surface forgot, reports it and goes on', async () => {
    const forgets = "setTimeout(() => Promise.reject(new Error('forgotten')), 50)"
    await using scratch = createScratchHome({ ...SETTINGS, ...oddPlugin(forgets) })
    const up = await scratch.up()
    await until(() => up.output().includes('Error: forgotten'), up.output)
    expect((await scratch.b00t('status')).code).toBe(0)
    expect(await up.end('SIGTERM')).toBe(0)
  })

  test('given an error that nobody catches, exits with 70 and its text', async () => {
    const throws = "setTimeout(() => { throw new Error('uncaught') }, 500)"
    await using scratch = createScratchHome({ ...SETTINGS, ...oddPlugin(throws) })
    const up = await scratch.up()
    expect(await up.exited).toBe(70)
    expect(up.output()).toContain('error[INTERNAL]: Error: uncaught')
  })

  test('given --json, prints one document', async () => {
    await using scratch = createScratchHome({ ...SETTINGS, ...oddPlugin('') })
    const { code, stdout, stderr } = await scratch.b00t('up', '--detach', '--json')
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ pid: expect.any(Number), welcome: [] })
    const down = await scratch.b00t('down', '--json')
    const { pid } = JSON.parse(stdout)
    expect(JSON.parse(down.stdout)).toEqual({ pid, since: expect.any(String), left: [] })
  })
})

describe.concurrent('b00t up --detach', { timeout: 60_000 }, () => {
  test('given a supervisor that runs, leaves its log alone', async () => {
    await using scratch = createScratchHome({ ...SETTINGS, ...oddPlugin('') })
    expect((await scratch.b00t('up', '--detach')).code).toBe(0)
    const log = join(scratch.home, 'logs', 'up.log')
    const before = readFileSync(log, 'utf8')
    expect(before).toContain('odd is running')
    const again = await scratch.b00t('up', '--detach')
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('SUPERVISOR_RUNNING')
    expect(readFileSync(log, 'utf8')).toBe(before)
    expect((await scratch.b00t('down')).code).toBe(0)
  })

  test('given one that is killed while it starts, waits no longer', async () => {
    const files = { 'plugins/odd/index.mjs': "process.kill(process.pid, 'SIGKILL')" }
    await using scratch = createScratchHome({ ...SETTINGS, ...files })
    const { code, stderr } = await scratch.b00t('up', '--detach')
    expect(code).toBe(70)
    expect(stderr).toContain('The supervisor was ended by SIGKILL')
  })
})

describe.concurrent('b00t down', { timeout: 60_000 }, () => {
  test('given a surface of which nobody knows whether it runs, exits with 70 and names it', async () => {
    const unsure = "async adopt() { throw new Error('cannot tell') },"
    await using scratch = createScratchHome({ ...SETTINGS, ...oddPlugin('', unsure) })
    const first = await scratch.up()
    await scratch.reaches('odd', ({ state }) => state === 'running')
    await first.end('SIGKILL')
    const second = await scratch.up()
    await scratch.reaches('odd', ({ state }) => state === 'unknown')
    const { code, stderr } = await scratch.b00t('down')
    expect(code).toBe(70)
    expect(stderr).toMatch(/SUPERVISOR_LEFTOVER.*odd \(unknown, cannot tell\)/)
    expect(stderr).not.toContain('nothing is left running')
    expect(await second.exited).toBe(70)
  })

  test('given a supervisor that is killed meanwhile, does not say that nothing is left', async () => {
    await using scratch = createScratchHome({ ...SETTINGS, 'datums/deaf.toml': DEAF })
    mkdirSync(join(scratch.path, 'plugins'))
    const up = await scratch.up()
    await becomesDeaf(scratch)
    const down = scratch.b00t('down')
    await scratch.reaches('deaf', ({ state }) => state === 'stopping')
    await up.end('SIGKILL')
    const { code, stderr } = await down
    expect(code).toBe(70)
    expect(stderr).toContain('ended without a word about what it left running')
    expect(stderr).not.toContain('nothing is left running')
  })
})
