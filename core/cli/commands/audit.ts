import { type JournalLine, readJournal, verifyJournal } from '../../audit/journal.ts'
import { B00tError } from '../../error.ts'
import type { AuditData } from '../../lifecycle/audit-record.ts'
import type { CommandRun } from '../context.ts'
import { formatTable } from '../terminal.ts'

/** How surfaces ended; with `--verify`, whether the journal is whole. */
export const audit: CommandRun = async ({ home, terminal, json }, [name], { verify, all }) => {
  if (verify === true) {
    const lines = verifyJournal(home.audit)
    if (json) terminal.printJson({ lines, valid: true })
    else terminal.print(`${lines} lines, the chain is whole`)
    return 0
  }
  const lines = readJournal<AuditData>(home.audit)
    .filter((line) => all === true || line.kind === 'end')
    .filter(({ surface }) => name === undefined || surface === name || firstPart(surface) === name)
  if (name !== undefined && lines.length === 0) throw noRecord(name)
  if (json) terminal.printJson(lines)
  else for (const line of auditTable(lines)) terminal.print(line)
  return 0
}

function noRecord(name: string): B00tError {
  return new B00tError('DATUM_NOT_FOUND', `There is no record of "${name}"`, {
    hint: 'See every record with `b00t audit --all`; a surface that still runs has none of its end.',
  })
}

function auditTable(lines: readonly JournalLine<AuditData>[]): string[] {
  const rows = lines.map((line) => [
    line.at,
    line.surface,
    String(line.generation),
    line.exit_reason ?? line.kind,
    line.uptime_s === undefined ? '-' : `${line.uptime_s}s`,
    `${line.actor} (${line.role})`,
    line.reason,
  ])
  return formatTable(['AT', 'SURFACE', 'GEN', 'END', 'UP', 'BY', 'REASON'], rows)
}

function firstPart(key: string): string {
  return key.split('.')[0] ?? key
}
