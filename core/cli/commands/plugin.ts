import { B00tError } from '../../error.ts'
import { loadCatalog } from '../catalog.ts'
import { complain } from '../complain.ts'
import type { CommandRun } from '../context.ts'
import { formatTable } from '../terminal.ts'

/** Every plugin that works, and what is wrong with those that do not. */
export const list: CommandRun = async (context) => {
  const { registry } = await loadCatalog(context)
  const rows = registry.plugins.map(({ plugin, folder }) => ({
    type: plugin.type,
    aliases: plugin.aliases ?? [],
    starts: plugin.create !== undefined,
    summary: plugin.summary,
    folder,
  }))
  if (context.json) context.terminal.printJson(rows)
  else {
    const cells = rows.map((row) => [
      row.type,
      row.starts ? 'yes' : 'no',
      row.aliases.join(', '),
      row.summary,
    ])
    const table = formatTable(['TYPE', 'STARTS', 'ALSO NAMED', 'WHAT IT IS'], cells)
    for (const line of table) context.terminal.print(line)
  }
  if (registry.problems.length === 0) return 0
  const broken = new B00tError('PLUGIN_BROKEN', 'Some plugins cannot be loaded', {
    problems: registry.problems,
  })
  return await complain(broken, context.terminal)
}
