import type { CommandOption } from '../surface/plugin.ts'
import type { CommandRun } from './context.ts'

/** One verb of the command line; its code is imported only when it runs. */
export interface CommandEntry {
  readonly path: readonly string[]
  readonly summary: string
  /** Positional arguments in commander's notation. */
  readonly arguments?: readonly string[]
  readonly options?: readonly CommandOption[]
  load(): Promise<CommandRun>
}

/** Verbs that core itself offers, in the order of the help text. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    path: ['up'],
    summary: 'Start the supervisor and every datum with autostart = true, or those named',
    arguments: ['[names...]'],
    options: [
      { flags: '--detach', description: 'run in the background' },
      { flags: '--no-welcome', description: 'leave out the closing lines' },
    ],
    load: async () => (await import('./commands/up.ts')).up,
  },
  {
    path: ['down'],
    summary: 'Stop every surface and the supervisor',
    load: async () => (await import('./commands/control.ts')).down,
  },
  {
    path: ['status'],
    summary: 'Show every surface',
    load: async () => (await import('./commands/status.ts')).status,
  },
  ...(['start', 'stop', 'restart'] as const).map((verb) => ({
    path: [verb],
    summary: `${verb[0]?.toUpperCase()}${verb.slice(1)} a surface`,
    arguments: ['<name>'],
    load: async () => (await import('./commands/control.ts'))[verb],
  })),
  {
    path: ['release'],
    summary: 'Let a quarantined surface start again',
    arguments: ['<name>'],
    options: [
      { flags: '--reason <text>', description: 'why it may start again; stands in the audit' },
    ],
    load: async () => (await import('./commands/control.ts')).release,
  },
  {
    path: ['logs'],
    summary: 'Show what a surface has written',
    arguments: ['<name>'],
    options: [
      { flags: '-f, --follow', description: 'go on as it grows' },
      { flags: '-n, --lines <count>', description: 'lines from the end', default: '50' },
    ],
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    path: ['audit'],
    summary: 'Show how surfaces ended, and why',
    arguments: ['[name]'],
    options: [
      { flags: '--verify', description: 'check the hash chain' },
      { flags: '--all', description: 'with renewals and releases' },
    ],
    load: async () => (await import('./commands/audit.ts')).audit,
  },
  {
    path: ['events'],
    summary: 'Show what happens in the supervisor',
    options: [{ flags: '-f, --follow', description: 'go on as it happens' }],
    load: async () => (await import('./commands/events.ts')).events,
  },
  {
    path: ['plan'],
    summary: 'Show what the datum files would change',
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  {
    path: ['apply'],
    summary: 'Change what runs to what the datum files say',
    load: async () => (await import('./commands/plan.ts')).apply,
  },
  {
    path: ['datum', 'list'],
    summary: 'List every datum',
    load: async () => (await import('./commands/datum.ts')).list,
  },
  {
    path: ['datum', 'show'],
    summary: 'Show one datum as it is understood',
    arguments: ['<name>'],
    load: async () => (await import('./commands/datum.ts')).show,
  },
  {
    path: ['datum', 'validate'],
    summary: 'Report every problem of datum files',
    arguments: ['[paths...]'],
    options: [
      { flags: '--format <format>', description: 'human, json, sarif or github' },
      { flags: '--strict', description: 'unknown keys are errors everywhere' },
    ],
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  {
    path: ['datum', 'new'],
    summary: 'Write a datum to start from',
    arguments: ['<type>', '<name>'],
    load: async () => (await import('./commands/datum-new.ts')).create,
  },
  {
    path: ['datum', 'schema'],
    summary: 'Print the JSON Schema of a type',
    arguments: ['<type>'],
    load: async () => (await import('./commands/datum.ts')).schema,
  },
  {
    path: ['plugin', 'list'],
    summary: 'List every plugin',
    load: async () => (await import('./commands/plugin.ts')).list,
  },
  {
    path: ['plugin', 'new'],
    summary: 'Write a plugin to start from',
    arguments: ['<type>'],
    load: async () => (await import('./commands/plugin-new.ts')).create,
  },
  {
    path: ['doctor'],
    summary: 'Check the machine and the requirements of every datum',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
]

/** A command line that is nothing but the words of a command, with or without `--json` at its end. */
export interface PlainCommand {
  readonly entry: CommandEntry
  readonly json: boolean
}

/**
 * Finds the command of a line in which there is nothing to parse, such as `status --json`. Everything else is
 * commander's, whose import takes as long as starting Node.
 */
export function findPlainCommand(args: readonly string[]): PlainCommand | undefined {
  const json = args.at(-1) === '--json'
  const words = (json ? args.slice(0, -1) : args).join('\0')
  const entry = COMMANDS.find(
    ({ path, arguments: positional, options }) =>
      positional === undefined && options === undefined && path.join('\0') === words,
  )
  return entry && { entry, json }
}
