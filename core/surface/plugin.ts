import type { LintProblem } from '../datum/catalog.ts'
import type { Datum } from '../datum/datum.ts'
import type { Degraded } from '../datum/discover.ts'
import type { GovernanceTable } from '../datum/governance.gen.ts'
import type { CatalogueEntry } from '../error.ts'
import type { Json, ProcessSurface } from './contract.ts'

/** What a plugin may know of and do to the process it lives in. */
export interface Host {
  /** `B00T_HOME`, absolute. */
  readonly home: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Folders in which datums are looked for, absolute. */
  readonly datumFolders: readonly string[]
  /** Puts an event on the bus; the core reconciles on `datums.changed`. */
  emit(type: string, data: Json): void
}

/** What a plugin's command gets when it runs. */
export interface CommandInput {
  readonly host: Host
  readonly arguments: readonly string[]
  /** Option values by camel-cased name, as commander gives them. */
  readonly options: Readonly<Record<string, unknown>>
  /** Writes a line to stdout: the facts that were asked for. */
  print(line: string): void
  /** Writes a line to stderr: progress, advice. */
  note(line: string): void
  /** Every readable datum, as `b00t datum list` sees them. */
  datums(): Promise<readonly Datum[]>
  /** Files that should be datums but cannot be used, and why. */
  degraded(): Promise<readonly Degraded[]>
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
}

/** A command line verb that a plugin adds to `b00t`. */
export interface Command {
  /** Words, e.g. `['server', 'key', 'create']`. */
  readonly path: readonly string[]
  readonly summary: string
  /** Positional arguments in commander's notation, e.g. `['<model>']`. */
  readonly arguments?: readonly string[]
  readonly options?: readonly CommandOption[]
  /** Imports the code, only when the command runs; resolves to the exit code. */
  run(input: CommandInput): Promise<number>
}

/** One option of a command, in commander's notation. */
export interface CommandOption {
  readonly flags: string
  readonly description: string
  readonly required?: boolean
  readonly default?: string
}

/** Everything that serves one type of datum. `Table` is the type's own TOML table. */
export interface Plugin<Table extends object = Record<string, unknown>> {
  readonly type: string
  readonly aliases?: readonly string[]
  /** One sentence, as it stands in `b00t plugin list`. */
  readonly summary: string
  /** Defaults for `[b00t.governance]`, in the datum's own spelling. */
  readonly governance?: GovernanceTable
  /** Errors this plugin can report, by code. */
  readonly errors?: Readonly<Record<string, CatalogueEntry>>
  readonly commands?: readonly Command[]
  /** True where a command runs its datums: an unknown key in one is an error, as where `create` starts them. */
  readonly runByCommand?: true
  /** Problems that a schema cannot express. Pure. */
  lint?(datum: Datum<Table>): readonly LintProblem[]
  /**
   * Names of environment variables that a datum's program is given; their values stay out of status and audit,
   * whatever the variables are called. Pure.
   */
  secrets?(datum: Datum<Table>): readonly string[]
  /** Makes the surface of a valid datum. Without this member the type is described, never started. */
  create?(datum: Datum<Table>, host: Host): ProcessSurface
  /** Lines to print once `b00t up` has started everything; `datums` are those of this type that run. */
  welcome?(host: Host, datums: readonly Datum<Table>[]): Promise<readonly string[]>
}

/**
 * Declares a plugin; the default export of `plugins/<type>/index.ts`.
 *
 * @param plugin - `type` equals the folder's name and `schemas/<type>.schema.json`
 */
export function definePlugin<Table extends object>(plugin: Plugin<Table>): Plugin {
  // The schema has been applied before `create` or `lint` sees the table, so the narrower type holds.
  return plugin as unknown as Plugin
}
