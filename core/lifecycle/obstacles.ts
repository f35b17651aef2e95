import { checkRequirement, type World } from '../surface/requirement.ts'
import type { Definition } from './generation.ts'

/** What stands in the way of a start. */
export interface Obstacles {
  /** Keys or names of surfaces that must be ready first. */
  readonly waitingFor: readonly string[]
  /** Requirements that are not met, as sentences. */
  readonly unmet: readonly string[]
}

/** Checks everything a definition needs before a start. */
export async function findObstacles(definition: Definition, world: World): Promise<Obstacles> {
  const requirements = definition.surface.requirements()
  const needed = requirements.flatMap((needs) => (needs.kind === 'surface' ? [needs.name] : []))
  const waitingFor = [...definition.dependsOn, ...needed].filter((name) => !world.isReady(name))
  const others = requirements.filter((requirement) => requirement.kind !== 'surface')
  const answers = await Promise.all(others.map((needs) => checkRequirement(needs, world)))
  return { waitingFor, unmet: answers.filter((answer) => answer !== undefined) }
}
