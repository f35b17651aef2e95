import type { Journal } from '../audit/journal.ts'
import type { Actor } from '../governance/role.ts'
import type { Launched } from '../process/launch.ts'
import { stopProcess } from '../process/stop.ts'
import { auditData } from './audit-record.ts'
import type { Instant } from './state.ts'
import type { StoredSurface, SurfaceStore } from './surface-store.ts'

/** What {@link endForsaken} writes to. */
interface Ports {
  readonly store: SurfaceStore
  readonly journal: Journal
  now(): Instant
}

const GRACE_MS = 10_000

/** Ends what an earlier supervisor left of a surface whose datum has gone in the meantime. */
export async function endForsaken(
  stored: StoredSurface,
  actor: Actor,
  ports: Ports,
): Promise<void> {
  const { key, handle, lifecycle } = stored
  if (lifecycle.live && typeof handle?.marker === 'string') {
    await stopProcess(handle as unknown as Launched, { signal: 'SIGTERM', graceMs: GRACE_MS })
  }
  if (lifecycle.live) {
    const now = ports.now()
    const detail = 'its datum was removed while no supervisor was running'
    const data = auditData(
      key,
      {
        type: 'audit',
        generation: lifecycle.generation,
        ending: { reason: 'unobserved', detail, actor },
        uptimeMs: Math.max(0, now.monotonic - (lifecycle.startedAt ?? now.monotonic)),
        crashCount: lifecycle.crashes.length,
      },
      0,
    )
    ports.journal.append(data, new Date(now.wall))
  }
  ports.store.remove(key)
}
