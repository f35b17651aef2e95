import { type Candidate, readVariable } from './candidate.ts'
import type { Pools } from './pools.ts'
import { probeModels } from './probe.ts'
import type { Health, Prospect } from './rank.ts'

/** What looking at candidates needs. */
export interface LookInput {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly pools: Pools
  /** Called after each look; `isNews` if the candidate has become usable or ceased to be. */
  onHealth?(prospect: Prospect, isNews: boolean): void
}

const LOCAL_PROBE_MS = 2000
const REMOTE_LIST_MS = 10_000
/** A provider whose list could not be read is asked again no sooner than this. */
const REMOTE_AGAIN_MS = 60_000

/** The looking itself: at most one look at a candidate at a time, and what came of the last one. */
export interface Looks {
  healthOf(candidate: Candidate): Health
  setHealth(candidate: Candidate, health: Health): void
  /** Resolves when what could be known at once is known; a provider's list comes later. */
  look(candidate: Candidate): Promise<void>
  forgetAllBut(candidates: readonly Candidate[]): void
}

/** Starts with nothing looked at. */
export function createLooks(input: LookInput): Looks {
  const healths = createHealths(input)
  const running = new Map<string, Promise<void>>()
  const pacer = createPacer(REMOTE_AGAIN_MS)

  async function probe(candidate: Candidate, timeoutMs: number): Promise<void> {
    const key = keyOf(candidate, input.environment)
    const health = await probeModels({ pools: input.pools, candidate, key, timeoutMs })
    healths.set(candidate, mergeHealth(healths.get(candidate), health))
  }

  async function lookOnce(candidate: Candidate): Promise<void> {
    healths.begin(candidate)
    if (candidate.unusable !== undefined) return
    if (!isTakenAsGiven(candidate)) await probe(candidate, LOCAL_PROBE_MS)
    else if (pacer.isDue(identify(candidate))) void probe(candidate, REMOTE_LIST_MS)
  }

  return {
    healthOf: healths.get,
    setHealth: healths.set,
    look(candidate) {
      const id = identify(candidate)
      const look = running.get(id) ?? lookOnce(candidate).finally(() => running.delete(id))
      running.set(id, look)
      return look
    },
    forgetAllBut(candidates) {
      const ids = new Set(candidates.map(identify))
      healths.forgetAllBut(ids)
      pacer.forgetAllBut(ids)
    },
  }
}

/** What the last look at each candidate said. */
function createHealths({ onHealth }: LookInput): {
  get(candidate: Candidate): Health
  set(candidate: Candidate, health: Health): void
  begin(candidate: Candidate): void
  forgetAllBut(ids: ReadonlySet<string>): void
} {
  const healths = new Map<string, Health>()

  function set(candidate: Candidate, health: Health): void {
    const before = healths.get(identify(candidate))
    healths.set(identify(candidate), health)
    onHealth?.({ candidate, health }, (before?.usable ?? false) !== health.usable)
  }

  return {
    get: (candidate) => healths.get(identify(candidate)) ?? initialHealth(candidate),
    set,
    begin(candidate) {
      if (!healths.has(identify(candidate))) set(candidate, initialHealth(candidate))
    },
    forgetAllBut: (ids) => forgetOthers(healths, ids),
  }
}

/** The key to send to a candidate; looked up each time, so that it stands in no object that might be logged. */
export function keyOf(
  candidate: Candidate,
  environment: LookInput['environment'],
): string | undefined {
  return candidate.keyEnv && readVariable(environment, candidate.keyEnv)
}

/** What is busy may miss a look: a look can bring a candidate in, only a request that fails takes it out. */
function mergeHealth(before: Health, now: Health): Health {
  if (now.usable || !before.usable) return now
  if (before.list !== undefined) return before
  return { ...before, why: `its model list is not known: ${now.why}` }
}

/** Says yes to each id at most once per period. */
function createPacer(periodMs: number): {
  isDue(id: string): boolean
  forgetAllBut(ids: ReadonlySet<string>): void
} {
  const last = new Map<string, number>()
  return {
    isDue(id) {
      const now = performance.now()
      if (now - (last.get(id) ?? Number.NEGATIVE_INFINITY) < periodMs) return false
      last.set(id, now)
      return true
    },
    forgetAllBut: (ids) => forgetOthers(last, ids),
  }
}

function forgetOthers(map: Map<string, unknown>, ids: ReadonlySet<string>): void {
  for (const id of map.keys()) if (!ids.has(id)) map.delete(id)
}

/** A provider is used without a probe, which may cost. */
export function isTakenAsGiven(candidate: Candidate): boolean {
  return candidate.rank === 'remote'
}

function initialHealth(candidate: Candidate): Health {
  const url = candidate.urls[0] ?? ''
  const usable = isTakenAsGiven(candidate) && candidate.unusable === undefined
  return { usable, why: candidate.unusable ?? 'nobody has looked yet', url }
}

const identities = new WeakMap<Candidate, string>()

/** Equal candidates of two readings of the soul are the same one. */
function identify(candidate: Candidate): string {
  const known = identities.get(candidate)
  if (known !== undefined) return known
  const identity = JSON.stringify(candidate)
  identities.set(candidate, identity)
  return identity
}
