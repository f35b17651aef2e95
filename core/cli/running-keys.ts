import { B00tError } from '../error.ts'
import { askSupervisor } from '../supervisor/client.ts'
import type { Home } from '../supervisor/home.ts'
import type { SurfaceStatus } from '../supervisor/status.ts'

/** Keys of the surfaces that run now; none without a supervisor. */
export async function runningKeys(home: Home): Promise<Set<string>> {
  try {
    const { surfaces } = await askSupervisor<{ surfaces: SurfaceStatus[] }>(home, {
      path: '/v1/status',
    })
    return new Set(surfaces.filter(({ state }) => state === 'running').map(({ key }) => key))
  } catch (thrown) {
    if (thrown instanceof B00tError && thrown.code === 'SUPERVISOR_ABSENT') return new Set()
    throw thrown
  }
}
