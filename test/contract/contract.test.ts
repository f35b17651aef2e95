import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadRegistry } from '../../core/supervisor/registry.ts'
import { PACKAGE_FOLDER } from '../../core/supervisor/settings.ts'
import { describeContract } from './suite.ts'

const PLUGINS: string = join(PACKAGE_FOLDER, 'plugins')

const registry = await loadRegistry([PLUGINS])

test('given the folder plugins/, every plugin in it is loaded', () => {
  const folders = readdirSync(PLUGINS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  expect(registry.problems).toEqual([])
  expect(registry.plugins.map(({ plugin }) => plugin.type)).toEqual(folders.sort())
})

for (const loaded of registry.plugins) describeContract(loaded, registry)
