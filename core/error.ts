/** Whose fault a failure is: the user's input or world (exit code 1), or ours (exit code 70). */
export type Fault = 'user' | 'system'

/** One row of an error catalogue; the tables in the documentation are made from these. */
export interface CatalogueEntry {
  readonly meaning: string
  /** What the reader should do next, as an imperative sentence. */
  readonly next: string
  readonly fault?: Fault
}

/** Every code that core can report. Plugins list theirs in `definePlugin({ errors })`. */
export const ERRORS: Readonly<Record<string, CatalogueEntry>> = {
  DATUM_UNREADABLE: {
    meaning: 'The file cannot be read.',
    next: 'Check that it is a file and that you may read it.',
  },
  DATUM_TOO_LARGE: {
    meaning: 'The file is larger than 1 MiB.',
    next: 'Move large values into a file of their own and name its path.',
  },
  DATUM_ENCODING: {
    meaning: 'The file is not valid UTF-8.',
    next: 'Save the file as UTF-8.',
  },
  DATUM_SYNTAX: {
    meaning: 'The file is not valid TOML.',
    next: 'Correct the marked place.',
  },
  DATUM_INVALID: {
    meaning: 'The datum does not match the schema of its type.',
    next: 'Correct the value; `b00t datum schema TYPE` prints what is allowed.',
  },
  DATUM_UNKNOWN_KEY: {
    meaning: 'A key that the schema does not know.',
    next: 'Correct its spelling or remove it.',
  },
  DATUM_SECRET: {
    meaning: 'A value in a datum looks like a secret.',
    next: 'Keep it in an environment variable and name that variable.',
  },
  DATUM_DUPLICATE: {
    meaning: 'Two files share one key.',
    next: 'Rename one of them.',
  },
  DATUM_NOT_FOUND: {
    meaning: 'No datum has this key or name.',
    next: 'List the known ones with `b00t datum list`.',
  },
  DATUM_AMBIGUOUS: {
    meaning: 'A name fits several datums.',
    next: 'Use the full key of one of them.',
  },
  DATUM_NOT_RUNNABLE: {
    meaning: 'No plugin starts datums of this type.',
    next: 'See which types can be started with `b00t plugin list`.',
  },
  DATUM_REFERENCE: {
    meaning: 'A reference names a datum that does not exist or cannot be read.',
    next: 'Correct the name or add the datum.',
  },
  DATUM_CYCLE: {
    meaning: 'Datums depend on each other in a circle.',
    next: 'Remove one of the references in the circle.',
  },
  POLICY_INVALID: {
    meaning: 'A governance setting is outside its range.',
    next: 'Correct the value in [b00t.governance].',
  },
  POLICY_INERT: {
    meaning: 'A governance setting can never take effect.',
    next: 'Change or remove the setting named.',
  },
  PORT_CLASH: {
    meaning: 'Two datums that start by themselves ask for one port.',
    next: 'Give one of them another port, or take its `autostart` away.',
  },
  PLUGIN_BROKEN: {
    meaning: 'A plugin cannot be loaded; its type is disabled.',
    next: 'Correct the plugin, or remove its folder.',
  },
  PLUGIN_TIMEOUT: {
    meaning: 'A plugin did not answer in time; its type is disabled.',
    next: 'Move slow work out of the plugin’s top level.',
  },
  PLUGIN_CLASH: {
    meaning: 'Two plugins claim one type or alias.',
    next: 'Remove one of them.',
  },
  ROLE_FORBIDDEN: {
    meaning: 'The caller’s role may not do this.',
    next: 'Ask someone with a higher role, or change `allowed_starters`.',
  },
  SURFACE_BLOCKED: {
    meaning: 'A requirement of the surface is not met.',
    next: 'Meet the requirement named.',
  },
  SURFACE_QUARANTINED: {
    meaning: 'The surface spent its crash budget.',
    next: 'Mend the cause, then run `b00t release NAME --reason TEXT`.',
  },
  SURFACE_STATE: {
    meaning: 'The surface is in a state that does not allow this.',
    next: 'See the state with `b00t status`.',
  },
  SURFACE_START_FAILED: {
    meaning: 'The surface could not be started.',
    next: 'Read its log with `b00t logs NAME`.',
  },
  SUPERVISOR_RUNNING: {
    meaning: 'Another supervisor holds this B00T_HOME.',
    next: 'Use it, or end it with `b00t down`.',
  },
  SUPERVISOR_ABSENT: {
    meaning: 'No supervisor runs for this B00T_HOME.',
    next: 'Start one with `b00t up`.',
  },
  SUPERVISOR_SILENT: {
    meaning: 'The supervisor runs, but does not answer.',
    next: 'See with `ps` whether it is stopped (T) or busy; its pid stands in `run/supervisor.json`.',
  },
  SUPERVISOR_LEFTOVER: {
    meaning: 'The supervisor ended, but something it had started may still run.',
    next: 'End the processes named; the next `b00t up` takes over what it still knows.',
    fault: 'system',
  },
  HOME_UNUSABLE: {
    meaning: 'The state folder cannot be used.',
    next: 'Point B00T_HOME at a folder you own.',
  },
  SETTINGS_INVALID: {
    meaning: 'A settings file is wrong.',
    next: 'Correct the value named.',
  },
  AUDIT_BROKEN: {
    meaning: 'The audit chain does not verify.',
    next: 'Compare the journal with a copy from before the line named.',
  },
  USAGE: {
    meaning: 'The command line is wrong.',
    next: 'Run the command with `--help`.',
  },
  INTERNAL: {
    meaning: 'A fault in b00t itself.',
    next: 'Report it with the text above.',
    fault: 'system',
  },
}

/** Where in a file a problem sits. Lines and columns count from 1, as editors do. */
export interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
  /** Column after the last marked character, on the same line. */
  readonly endColumn?: number
}

/** One thing that is wrong, as data; a {@link B00tError} carries one or many. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly at?: Place
  readonly hint?: string
}

/** Details of a {@link B00tError}; all of them are optional. */
export interface ErrorDetail extends ErrorOptions {
  readonly at?: Place
  /** What the reader should do next, as an imperative sentence; by default the catalogue's. */
  readonly hint?: string
  readonly fault?: Fault
  /** Given when one error stands for many problems; they are printed instead of the message. */
  readonly problems?: readonly Problem[]
}

/** The only error class this project throws. Branch on `code`, never on the message. */
export class B00tError extends Error {
  override readonly name = 'B00tError'
  readonly code: string
  readonly at: Place | undefined
  readonly hint: string | undefined
  readonly fault: Fault
  readonly problems: readonly Problem[]

  constructor(code: string, message: string, detail: ErrorDetail = {}) {
    super(message, detail)
    const entry = ERRORS[code]
    this.code = code
    this.at = detail.at
    this.hint = detail.hint ?? entry?.next
    this.fault = detail.fault ?? entry?.fault ?? 'user'
    this.problems = detail.problems ?? []
  }
}

/** The text of anything that was thrown, for a log line or as part of a message. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** `file:line:column` as far as it is known. */
export function placeText(at: Place): string {
  return [at.file, at.line, at.column].filter((part) => part !== undefined).join(':')
}
