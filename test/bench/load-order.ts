/** What the load program is to do in one window. */
export interface LoadOrder {
  readonly port: number
  readonly token: string
  readonly connections: number
  readonly durationMs: number
  readonly stream: boolean
  /** The process whose processor time is taken over the window. */
  readonly pid: number
}

/** What the load program saw in one window. */
export interface LoadReport {
  /** Complete answers. */
  readonly answers: number
  /** Answers that were not, byte for byte, what the upstream sends. */
  readonly altered: number
  /** Connections that broke. */
  readonly broken: number
  /** Milliseconds from the first request to the last answer. */
  readonly elapsedMs: number
  /** Median time of an answer, microseconds. */
  readonly p50Us: number
  /** Processor time of the watched process, microseconds. */
  readonly processorUs: number
}
