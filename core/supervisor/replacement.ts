import type { Datum } from '../datum/datum.ts'
import { B00tError } from '../error.ts'
import {
  checkRequirement,
  lastingRequirements,
  type Requirement,
  type World,
} from '../surface/requirement.ts'

/**
 * Whether a surface could be started anew with another datum. What the running one holds itself is not asked for.
 *
 * @throws B00tError `SURFACE_BLOCKED` naming the first requirement that is not met
 */
export async function checkReplacement(
  datum: Datum,
  requirements: readonly Requirement[],
  world: World,
): Promise<void> {
  for (const requirement of lastingRequirements(requirements)) {
    const missing = await checkRequirement(requirement, world)
    if (missing === undefined) continue
    throw new B00tError('SURFACE_BLOCKED', `The running one stays: ${missing}`, {
      at: { file: datum.file },
    })
  }
}
