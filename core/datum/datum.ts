import type { GovernanceTable } from './governance.gen.ts'

/** The summary for language models at the end of a datum: `# b00t:map v1` and its lines. */
export interface TailMap {
  readonly summary?: string
  readonly tags: readonly string[]
  readonly tier?: string
  readonly cmds?: string
  readonly complexity?: number
  /** Every key of the block as written, including those above. */
  readonly entries: Readonly<Record<string, string>>
}

/** One datum file, read and understood. `Table` is the table that its type owns, e.g. `[b00t.service]`. */
export interface Datum<Table extends object = Record<string, unknown>> {
  /** File name without its outer extension, e.g. `llama-cpp-server.container`. */
  readonly key: string
  /** `[b00t].name`, else the first part of the file name. */
  readonly name: string
  /** The type a plugin serves, aliases resolved; for knowledge the type as written. */
  readonly type: string
  readonly hint: string
  /** Absolute path. */
  readonly file: string
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly hash: string
  readonly autostart: boolean
  /** Keys or names of datums that must be ready first. */
  readonly dependsOn: readonly string[]
  /**
   * The table `[b00t.<type>]`, checked and with the schema's defaults filled in. Where the file has none: the
   * defaults alone, or `{}` if the schema requires something. In a file without `[b00t]`: the whole document.
   */
  readonly table: Table
  /** `[b00t.governance]` as written; `{}` where there is none. */
  readonly governance: GovernanceTable
  /** The whole document as parsed, without defaults; dates are text. */
  readonly document: Readonly<Record<string, unknown>>
  readonly map?: TailMap
}
