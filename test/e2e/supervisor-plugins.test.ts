import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createScratchHome, until } from '../../core/cli/scratch-home-fixture.ts'
import { service } from '../fixtures/service-datum.ts'

const ROGUE = readFileSync(new URL('../fixtures/programs/rogue-plugin.ts', import.meta.url), 'utf8')

const SCHEMA = JSON.stringify({
  type: 'object',
  properties: {
    b00t: {
      type: 'object',
      properties: {
        rogue: { type: 'object', properties: { mode: { type: 'string' } }, required: ['mode'] },
      },
    },
  },
})

function rogue(mode: string, autostart = true): Record<string, string> {
  const text = `[b00t]
name = "${mode}"
type = "rogue"
hint = "Misbehaves"
autostart = ${autostart}

[b00t.rogue]
mode = "${mode}"

[b00t.governance]
auto_restart = false
stop_grace = "200ms"
`
  return { [`datums/${mode}.toml`]: text }
}

const FILES = {
  '.b00trc.toml': 'datums = ["datums"]\nplugins = ["plugins"]\n',
  'plugins/rogue/index.ts': ROGUE,
  'plugins/rogue/schema.json': SCHEMA,
}
const NAP = { 'datums/nap.toml': service('nap', ['sleep', '1000']) }

describe.concurrent('b00t up with plugins that misbehave', { timeout: 60_000 }, () => {
  test('given members that throw or answer nonsense, harms nobody else', async () => {
    const modes = ['create', 'requirements', 'init', 'operate', 'ready', 'endpoints', 'exited']
    await using scratch = createScratchHome(
      Object.assign({}, FILES, NAP, ...modes.map((mode) => rogue(mode)), rogue('nonsense')),
    )
    const up = await scratch.up()
    await scratch.reaches('nap', ({ state }) => state === 'running')
    await scratch.reaches('nonsense', ({ state }) => state === 'failed')
    for (const mode of ['init', 'operate', 'ready', 'exited']) {
      const { state, reason } = await scratch.reaches(mode, (one) => one.state === 'failed')
      expect([mode, state, reason]).toEqual([mode, 'failed', `no luck with ${mode}`])
    }
    expect((await scratch.status('create'))?.state).toBe('inactive')
    expect(up.output()).toContain('Cannot start create: no luck with create')
    expect(await scratch.status('requirements')).toMatchObject({
      state: 'blocked',
      reason: 'its requirements cannot be read: no luck with requirements',
    })
    expect(await scratch.status('endpoints')).toMatchObject({ state: 'running', endpoints: [] })
    expect((await scratch.b00t('down')).code).toBe(0)
    expect(await up.exited).toBe(0)
  })

  test('given a start that comes too late, ends what it started', async () => {
    await using scratch = createScratchHome({ ...FILES, ...rogue('late', false) })
    const up = await scratch.up()
    const start = scratch.b00t('start', 'late')
    await scratch.reaches('late', ({ state }) => state === 'starting')
    expect((await scratch.b00t('stop', 'late')).code).toBe(0)
    await start
    expect(scratch.audit()).toMatchObject([{ exit_reason: 'stopped' }])
    await until(() => up.output().includes('late: terminated'))
  })

  test('given a takeover that fails, starts nothing until somebody has looked', async () => {
    await using scratch = createScratchHome({ ...FILES, ...rogue('adopt') })
    const first = await scratch.up()
    await scratch.reaches('adopt', ({ state }) => state === 'running')
    await first.end('SIGKILL')
    await scratch.up()
    expect(await scratch.status('adopt')).toMatchObject({
      state: 'unknown',
      reason: 'no luck with adopt',
    })
    expect((await scratch.b00t('start', 'adopt')).stderr).toContain('its state is unknown')
    expect((await scratch.b00t('release', 'adopt', '--reason', 'looked')).code).toBe(0)
    expect(scratch.audit()).toMatchObject([{ exit_reason: 'unobserved' }, { kind: 'released' }])
  })

  test('given plugins that cannot be loaded, says so and runs the rest', async () => {
    await using scratch = createScratchHome({
      ...FILES,
      ...NAP,
      'plugins/throws/index.mjs': "throw new Error('no luck')\n",
      'plugins/bad/index.mjs': "export default { type: 'bad', summary: 'x' }\n",
      'plugins/bad/schema.json': '{ "type": "no such type" }',
      'datums/bad.toml': '[b00t]\nname = "bad"\ntype = "bad"\nhint = "x"\n[b00t.bad]\nx = 1\n',
    })
    const up = await scratch.up()
    await scratch.reaches('nap', ({ state }) => state === 'running')
    expect(up.output()).toContain('Cannot load the plugin "throws": no luck')
    expect(up.output()).toContain('Cannot compile the schema of type "bad"')
    expect((await scratch.b00t('plugin', 'list')).code).toBe(1)
    expect((await scratch.b00t('doctor')).code).toBe(1)
  })
})
