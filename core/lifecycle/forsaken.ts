import type { Journal } from '../audit/journal.ts'
import type { Actor } from '../governance/role.ts'
import { readBootId } from '../process/identity.ts'
import { type Launched, markerOf } from '../process/launch.ts'
import { stopMarked, stopProcess } from '../process/stop.ts'
import { auditData } from './audit-record.ts'
import type { Instant } from './state.ts'
import type { StoredSurface, SurfaceStore } from './surface-store.ts'

/** What {@link endForsaken} writes to. */
interface Ports {
  readonly store: SurfaceStore
  readonly journal: Journal
  now(): Instant
  logFile(key: string): string
}

const GRACE_MS = 10_000

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
    const ladder = { signal: 'SIGTERM', graceMs: GRACE_MS } as const
    const marker = markerOf({ key, generation, logFile: ports.logFile(key) })
    if (typeof handle?.marker !== 'string') await stopMarked(marker, ladder)
    else await stopProcess(handle as unknown as Launched, ladder)
  }
  if (lifecycle.live) {
    const now = ports.now()
    const detail = 'its datum was removed while no supervisor was running'
    const data = auditData(
      key,
      {
        type: 'audit',
        generation,
        ending: { reason: 'unobserved', detail, actor },
        uptimeMs: isThisBoot ? now.monotonic - (lifecycle.startedAt ?? now.monotonic) : 0,
        crashCount: lifecycle.crashes.length,
      },
      0,
    )
    ports.journal.append(data, new Date(now.wall))
  }
  ports.store.remove(key)
}
