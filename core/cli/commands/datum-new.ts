import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { B00tError } from '../../error.ts'
import { loadCatalog } from '../catalog.ts'
import type { CommandRun } from '../context.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9_+-]*$/

/** Writes a copy of the plugin's sample under another name, into the first datum folder. */
export const create: CommandRun = async (context, [type = '', name = '']) => {
  const { settings, registry } = await loadCatalog(context)
  const info = registry.types.find(type)
  const plugin = registry.plugins.find((loaded) => loaded.plugin.type === info?.type)
  if (!plugin) {
    throw new B00tError('DATUM_NOT_FOUND', `There is no plugin for type "${type}"`, {
      hint: 'Use one of the types that `b00t plugin list` shows.',
    })
  }
  if (!NAME.test(name)) {
    throw new B00tError(
      'USAGE',
      `Cannot name a datum "${name}": expected letters, digits, -, _ or +`,
    )
  }
  const [folder = context.cwd] = settings.datums
  const file = join(folder, `${name}.${plugin.plugin.type}.toml`)
  if (existsSync(file)) {
    throw new B00tError('DATUM_DUPLICATE', 'The file is there already', {
      at: { file },
      hint: 'Choose another name.',
    })
  }
  const sample = readFileSync(join(plugin.folder, 'sample.toml'), 'utf8')
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, rename(sample, name), { flag: 'wx' })
  const shown = relative(context.cwd, file)
  if (context.json) context.terminal.printJson({ type: plugin.plugin.type, name, file: shown })
  else context.terminal.print(shown)
  context.terminal.note(`Edit it, then: b00t datum validate && b00t start ${name}`)
  return 0
}

/** Renames the sample and its mentions in the tail map; the schema line points elsewhere, so it is left out. */
function rename(sample: string, name: string): string {
  const old = /^name = "(.*)"$/m.exec(sample)?.[1] ?? name
  return sample
    .replace(/^#:schema .*\n\n?/, '')
    .replace(/^name = .*$/m, `name = "${name}"`)
    .replace(/^# .*$/gm, (comment) => comment.replaceAll(old, name))
}
