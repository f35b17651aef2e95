import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { B00tError } from '../../error.ts'
import { type Catalog, loadCatalog } from '../catalog.ts'
import type { CommandRun } from '../context.ts'
import { pluginFiles } from '../plugin-template.ts'

const TYPE = /^(?=.{1,30}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** Writes a working plugin into `plugins/<type>/` of the current folder. */
export const create: CommandRun = async (context, [type = '']) => {
  const catalog = await loadCatalog(context)
  const parent = join(context.cwd, 'plugins')
  const folder = join(parent, type)
  checkType(type, catalog)
  if (existsSync(folder)) {
    throw new B00tError('PLUGIN_CLASH', 'Cannot write the plugin: its folder is there already', {
      at: { file: folder },
      hint: 'Choose another type, or remove the folder.',
    })
  }
  const files = Object.entries(pluginFiles(type)).map(([name, text]) => {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text, { flag: 'wx' })
    return relative(context.cwd, file)
  })
  if (context.json) context.terminal.printJson({ type, files })
  else for (const file of files) context.terminal.print(file)
  const isKnown = catalog.settings.plugins.some((known) => known === parent || known === folder)
  for (const line of nextSteps(type, isKnown)) context.terminal.note(line)
  return 0
}

function checkType(type: string, { registry }: Catalog): void {
  if (!TYPE.test(type)) {
    throw new B00tError('USAGE', `Cannot name a type "${type}": expected words joined by -`, {
      hint: 'Use at most 30 lower-case letters and digits, for example greeter or web-hook.',
    })
  }
  const taken = registry.types.find(type)
  if (taken) {
    throw new B00tError(
      'PLUGIN_CLASH',
      `Cannot use the type "${type}": a plugin serves it already`,
      {
        hint: `Choose another word; this one leads to the plugin "${taken.type}".`,
      },
    )
  }
  if (registry.types.knownKeys(undefined).has(type)) {
    throw new B00tError('USAGE', `Cannot use the type "${type}": it is a key of [b00t] itself`, {
      hint: 'Choose another word.',
    })
  }
}

/** What to do with the new plugin, line by line. */
function nextSteps(type: string, isKnown: boolean): string[] {
  const steps = [
    ...(isKnown ? [] : ['Add this line to .b00trc.toml: plugins = ["./plugins"]']),
    `Make a datum: b00t datum new ${type} my-${type}`,
    `Start it: b00t up my-${type}`,
    `Change what it runs in plugins/${type}/command.ts and its fields in schema.json.`,
  ]
  return ['Next:', ...steps.map((step, index) => `  ${index + 1}. ${step}`)]
}
