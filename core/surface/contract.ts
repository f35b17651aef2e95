import type { Requirement } from './requirement.ts'

/** A value that survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** Identifies what `operate` started. Plain JSON, because it must outlive the supervisor. */
export type Handle = { readonly [key: string]: Json }

/** What a running surface offers to others; the router sends OpenAI traffic to `protocol: 'openai'`. */
export interface Endpoint {
  readonly protocol: string
  /** Base address, for `openai` including its `/v1`. */
  readonly url: string
  /** Unix socket to connect to instead of the host and port of `url`. */
  readonly socketPath?: string
  /** Model names it serves; empty means: ask it. */
  readonly models: readonly string[]
  /** Earlier tiers are tried first. */
  readonly tier: 'local' | 'remote' | 'embedded'
  /** Name of the environment variable that holds the key to send there. */
  readonly keyEnv?: string
}

/** What `maintain` asks the core to do with a surface. */
export type MaintenanceAction =
  /** It runs; `problem` says what is wrong with it all the same, for `b00t status`. */
  | { readonly action: 'none'; readonly problem?: string }
  | { readonly action: 'restart' | 'terminate' | 'quarantine'; readonly reason: string }

/** How something ended on its own. Both are null when nobody was there to see it. */
export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

/** One generation of a surface, as its plugin sees it. */
export interface Run {
  readonly key: string
  readonly generation: number
  /** Aborts when the start is cancelled or timed out, and when the surface is to stop. */
  readonly signal: AbortSignal
  /** The file to which the surface's output is appended. */
  readonly logFile: string
  /** Milliseconds between the stop signal and the kill. */
  readonly stopGraceMs: number
}

/**
 * A live thing that a datum describes and a plugin implements.
 *
 * The core calls `requirements`, `operate`, `ready` in this order, then `maintain` when it sees a reason,
 * and `terminate` at the end – also after a failed or aborted start, so it must accept a half-started handle.
 */
export interface ProcessSurface<H extends Handle = Handle> {
  /** True where ending by itself with code 0 is what it is for; otherwise every such end is a crash. */
  readonly endsByItself?: boolean
  /** True where it sends work to the endpoints of others: it is stopped before them, so that it can drain. */
  readonly consumesEndpoints?: boolean
  /** Milliseconds between two looks by `maintain` while it runs; without it only the time to live asks. */
  readonly maintainEveryMs?: number
  /** What must hold before a start. Has no side effects. */
  requirements(): readonly Requirement[]
  /** Prepares files or folders; called before each `operate`. */
  init?(run: Run): Promise<void>
  /** Starts it and resolves as soon as there is a handle. */
  operate(run: Run): Promise<H>
  /** Resolves once it can serve. Without this member it is ready at once. */
  ready?(handle: H, run: Run): Promise<void>
  /** What it offers while running. */
  endpoints?(handle: H): readonly Endpoint[]
  /** Settles when it has ended on its own; stays pending as long as it lives. */
  exited?(handle: H, run: Run): Promise<Exit>
  /** Looks at it and says what should be done. Fast, without side effects. */
  maintain?(handle: H, run: Run): Promise<MaintenanceAction>
  /** Ends it and resolves when nothing of it is left. Calling it again changes nothing. */
  terminate(handle: H, run: Run): Promise<void>
  /** Whether the thing this handle names is still the same and alive; without this member it is not adopted. */
  adopt?(handle: H): Promise<boolean>
}
