import type { Journal } from '../audit/journal.ts'
import type { Actor } from '../governance/role.ts'
import { readBootId } from '../process/identity.ts'
import { type Launched, markerOf } from '../process/launch.ts'
import { stopEveryGeneration, stopMarked, stopProcess } from '../process/stop.ts'
import { type AuditData, auditData } from './audit-record.ts'
import type { Effect, Instant } from './state.ts'
import type { StoredSurface } from './stored-surface.ts'
import type { SurfaceStore } from './surface-store.ts'

/** What {@link endForsaken} and {@link endUnreadable} write to. */
interface Ports {
  readonly store: SurfaceStore
  readonly journal: Journal
  now(): Instant
  logFile(key: string): string
  report(message: string): void
}

/** The part of an audit record that differs from end to end. */
type Facts = Pick<Extract<Effect, { type: 'audit' }>, 'generation' | 'uptimeMs' | 'crashCount'>

const LADDER = { signal: 'SIGTERM', graceMs: 10_000 } as const

/** Ends what an earlier supervisor left of a surface whose datum has gone in the meantime. */
export async function endForsaken(
  stored: StoredSurface,
  actor: Actor,
  ports: Ports,
): Promise<void> {
  const { key, handle, lifecycle } = stored
  const { generation } = lifecycle
  if (lifecycle.state === 'quarantined') return // Only a release ends that.
  const isThisBoot = stored.bootId === readBootId()
  if (lifecycle.live && isThisBoot) {
    const marker = markerOf({ key, generation, logFile: ports.logFile(key) })
    if (typeof handle?.marker !== 'string') await stopMarked(marker, LADDER)
    else await stopProcess(handle as unknown as Launched, LADDER)
  }
  if (lifecycle.live) {
    const now = ports.now()
    const data = unobserved(key, {
      generation,
      actor,
      detail: 'its datum was removed while no supervisor was running',
      uptimeMs: isThisBoot ? now.monotonic - (lifecycle.startedAt ?? now.monotonic) : 0,
      crashCount: lifecycle.crashes.length,
    })
    ports.journal.record(data, new Date(now.wall), ports.report)
  }
  ports.store.remove(key)
}

/** Ends everything that an earlier supervisor left of a surface whose record is damaged, and forgets it. */
export async function endUnreadable(key: string, actor: Actor, ports: Ports): Promise<void> {
  const generations = await stopEveryGeneration({ key, logFile: ports.logFile(key) }, LADDER)
  for (const generation of generations) {
    const detail = 'what was noted of it cannot be read'
    const data = unobserved(key, { generation, actor, detail, uptimeMs: 0, crashCount: 0 })
    ports.journal.record(data, new Date(ports.now().wall), ports.report)
  }
  ports.store.remove(key)
  const ended = generations.length === 0 ? 'found nothing of it' : 'ended what was left of it'
  ports.report(`Cannot read what was noted of ${key}: ${ended}, and it begins anew`)
}

function unobserved(
  key: string,
  { detail, actor, ...facts }: Facts & { readonly detail: string; readonly actor: Actor },
): AuditData {
  const ending = { reason: 'unobserved', detail, actor } as const
  return auditData(key, { type: 'audit', ending, ...facts }, 0)
}
