import type { Effect } from './state.ts'

/** What the journal says of the end of a generation; `kind` tells it from other lines. */
export interface AuditData {
  readonly kind: 'end'
  readonly surface: string
  readonly generation: number
  readonly actor: string
  readonly role: string
  /** Seconds, with milliseconds as decimals. */
  readonly uptime_s: number
  readonly exit_reason: string
  readonly exit_code?: number
  readonly signal?: string
  readonly crash_count: number
  readonly bytes_logged: number
  readonly reason: string
}

/** What the journal says of something done to a surface that did not end it. */
export interface NoteData {
  readonly kind: 'renewed' | 'released'
  readonly surface: string
  readonly generation: number
  readonly actor: string
  readonly role: string
  readonly reason: string
}

/** The journal line for an `audit` effect. */
export function auditData(
  surface: string,
  effect: Extract<Effect, { type: 'audit' }>,
  bytesLogged: number,
): AuditData {
  const { ending } = effect
  const { code = null, signal = null } = ending.exit ?? {}
  return {
    kind: 'end',
    surface,
    generation: effect.generation,
    actor: ending.actor.name,
    role: ending.actor.role,
    uptime_s: Math.round(effect.uptimeMs) / 1000,
    exit_reason: ending.reason,
    ...(code === null ? {} : { exit_code: code }),
    ...(signal === null ? {} : { signal }),
    crash_count: effect.crashCount,
    bytes_logged: bytesLogged,
    reason: ending.detail,
  }
}

/** The journal line for a `note` effect. */
export function noteData(
  surface: string,
  effect: Extract<Effect, { type: 'note' }>,
  generation: number,
): NoteData {
  const { kind, detail, actor } = effect
  return { kind, surface, generation, actor: actor.name, role: actor.role, reason: detail }
}
