import type { CommandInput } from '#core'
import { type Key, stateOfKey } from './key.ts'
import { noteTightened } from './key-commands.ts'
import { spotlightFile } from './spotlight.ts'
import { readRecords } from './spotlight-file.ts'

/** `server key list` */
export async function runList(input: CommandInput): Promise<number> {
  const keys = await noteTightened(input)
  const used = await lastUses(input.host.home)
  if (input.options.json === true) {
    const rows = keys.map((key) => describe(key, used.get(key.id)))
    input.print(JSON.stringify(rows, undefined, 2))
    return 0
  }
  if (keys.length === 0) input.note('No keys yet: make one with "b00t server key create"')
  else for (const line of formatKeyTable(keys, used)) input.print(line)
  return 0
}

function describe(key: Key, lastUsed: string | undefined): object {
  return {
    id: key.id,
    consumer: key.consumer,
    prefix: key.prefix,
    created: key.created,
    expires: key.expires ?? null,
    revoked: key.revoked ?? null,
    last_used: lastUsed ?? null,
    role: key.role ?? null,
    models: key.models ?? null,
    endpoints: key.endpoints ?? null,
  }
}

const HEADER = ['ID', 'PREFIX', 'CONSUMER', 'STATE', 'CREATED', 'EXPIRES', 'LAST USED']

/** A header and one line per key, in aligned columns. */
function formatKeyTable(
  keys: readonly Key[],
  used: ReadonlyMap<string, string>,
): readonly string[] {
  const now = Date.now()
  const rows = keys.map((key) => [
    ...[key.id, `${key.prefix}…`, key.consumer, stateOfKey(key, now)],
    ...[key.created, key.expires ?? 'never', used.get(key.id) ?? 'never'],
  ])
  const table = [HEADER, ...rows]
  const widths = HEADER.map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  )
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

async function lastUses(home: string): Promise<ReadonlyMap<string, string>> {
  const uses = new Map<string, string>()
  for await (const record of readRecords(spotlightFile(home))) {
    if (record.key_id) uses.set(record.key_id, record.ts)
  }
  return uses
}
