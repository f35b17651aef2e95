import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { readDatum } from '../../core/datum/read.ts'
import { loadRegistry } from '../../core/supervisor/registry.ts'
import { PACKAGE_FOLDER } from '../../core/supervisor/settings.ts'
import { fieldTable, replaceFields } from '../tools/field-table.ts'
import { processesOf } from './marked-processes.ts'
import { describeContract } from './suite.ts'

const execute = promisify(execFile)
const TYPE = 'web-greeter'
const scratch = mkdtempSync(join(tmpdir(), 'b00t-scaffold-'))
const folder = join(scratch, 'plugins', TYPE)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

await runCommand('plugin', 'new', TYPE)
writeFileSync(join(scratch, '.b00trc.toml'), 'plugins = ["./plugins"]\ndatums = ["datums"]\n')
const registry = await loadRegistry([join(PACKAGE_FOLDER, 'plugins'), join(scratch, 'plugins')])
const scaffolded = registry.plugins.find(({ plugin }) => plugin.type === TYPE)
if (!scaffolded) expect.fail(registry.problems.map(({ message }) => message).join())

describeContract(scaffolded, registry)

describe('b00t plugin new', () => {
  test('given a type, writes a case with the outcome it has', () => {
    const place = join(folder, 'cases/given-a-program-then-accepts-it')
    const { datum, problems } = readDatum(join(place, 'datum.toml'), registry.types)
    const { file: _, hash: __, document: ___, ...facts } = datum ?? {}
    expect(problems).toEqual([])
    expect(facts).toEqual(readJson(join(place, 'expected.json')))
  })

  test('given a type, writes a README with the sample and the fields as they are', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8')
    const schema = readJson<{ $defs: { table: Record<string, unknown> } }>(
      join(folder, 'schema.json'),
    )
    expect(replaceFields(readme, fieldTable(schema.$defs.table, { ...schema }))).toBe(readme)
    expect(readme).toContain(readFileSync(join(folder, 'sample.toml'), 'utf8').trim())
  })

  test('given a type, writes tests that pass', { timeout: 60_000 }, async () => {
    symlinkSync(join(PACKAGE_FOLDER, 'node_modules'), join(scratch, 'node_modules'))
    const vitest = join(PACKAGE_FOLDER, 'node_modules/vitest/vitest.mjs')
    const config = join(PACKAGE_FOLDER, 'vitest.config.ts')
    const args = [vitest, 'run', '--root', scratch, '--config', config]
    const report = join(scratch, 'report.json')
    await execute(process.execPath, [...args, '--reporter', 'json', '--outputFile', report])
    expect(readJson(report)).toMatchObject({ success: true, numPassedTests: 2 })
  })

  test('given a datum of the new type, b00t up starts it', { timeout: 60_000 }, async () => {
    await runCommand('datum', 'new', TYPE, 'waiter')
    try {
      await runCommand('up', 'waiter', '--detach')
      const rows: unknown[] = JSON.parse(await runCommand('status', '--json'))
      const row = { name: 'waiter', type: TYPE, state: 'running', pid: expect.any(Number) }
      expect(rows).toContainEqual(expect.objectContaining(row))
      expect(processesOf(`waiter.${TYPE}`)).toHaveLength(1)
    } finally {
      await runCommand('down')
    }
    expect(processesOf(`waiter.${TYPE}`)).toEqual([])
  })

  test.each([
    [TYPE, 1, 'PLUGIN_CLASH'],
    ['daemon', 1, 'PLUGIN_CLASH'],
    ['Greeter', 2, 'USAGE'],
    ['../greeter', 2, 'USAGE'],
    ['hint', 2, 'USAGE'],
  ])('given the type %s, which cannot be, exits %i with %s', async (type, code, name) => {
    const failure = await runCommand('plugin', 'new', type).catch((thrown: unknown) => thrown)
    expect(failure).toMatchObject({ code, stderr: expect.stringContaining(`error[${name}]`) })
  })
})

async function runCommand(...args: string[]): Promise<string> {
  const launcher = join(PACKAGE_FOLDER, 'core/cli/b00t.mjs')
  const { stdout } = await execute(process.execPath, [launcher, ...args], {
    cwd: scratch,
    env: { ...process.env, B00T_HOME: join(scratch, 'home'), NO_COLOR: '1' },
    timeout: 50_000,
  })
  return stdout
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8'))
}
