// Made from schemas/ by `npm run gen`. Do not edit.

/**
 * Who may start it, for how long, and what happens when it fails. Strict: an unknown key is an error.
 */
export interface GovernanceTable {
  /**
   * Roles that may start it, highest first: executive, operator, agent, viewer. The older names specialist (agent) and auditor (viewer) are read too. Default: executive and operator.
   *
   * @minItems 1
   */
  allowed_starters?: ('executive' | 'operator' | 'agent' | 'viewer' | 'specialist' | 'auditor')[]
  /**
   * Time in `running` after which it is checked again and renewed or stopped. A duration; a plain number counts seconds. Default: "24h".
   */
  max_ttl?: string | number
  /**
   * Whether it is started again after it ended or failed. Default: true.
   */
  auto_restart?: boolean
  /**
   * Number of crashes inside `crash_window` that leads to quarantine, 1 to 100. Default: 5.
   */
  crash_budget?: number
  /**
   * Length of the time in which crashes are counted. A duration; a plain number counts seconds. Default: "10m".
   */
  crash_window?: string | number
  /**
   * Time between the stop signal and the kill. A duration; a plain number counts seconds. Default: "10s".
   */
  stop_grace?: string | number
  /**
   * Time within which it must become ready. A duration; a plain number counts seconds. Default: "60s".
   */
  start_timeout?: string | number
  /**
   * Pause before the first restart; it doubles with each further one. A duration; a plain number counts seconds. Default: "1s".
   */
  backoff_base?: string | number
  /**
   * Longest pause before a restart. A duration; a plain number counts seconds. Default: "60s".
   */
  backoff_cap?: string | number
}
