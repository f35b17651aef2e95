import { setTimeout as sleep } from 'node:timers/promises'
import { type Candidate, listCandidates, type Sources } from './candidate.ts'
import { createLooks, isTakenAsGiven, type LookInput, type Looks } from './looks.ts'
import type { PoolPlace } from './pools.ts'
import {
  type Health,
  type Prospect,
  type Ranking,
  rankEndpoints,
  usableProspects,
  type Wanted,
} from './rank.ts'

/** Where requests can go, kept up to date behind their back. */
export interface EndpointTable {
  /** Every candidate in order with what is known of it now. */
  prospects(): readonly Prospect[]
  /** The prospects that requests can go to, in order. */
  usable(): readonly Prospect[]
  /** Ranks at once; if nothing is usable, looks again and waits for that at most half a second. */
  choose(wanted: Wanted): Ranking | Promise<Ranking>
  /** Looks at everything that is new or not usable. */
  refresh(): Promise<void>
  /** Says that a request could not reach a candidate. */
  reportFailure(prospect: Prospect, why: string): void
  close(): void
}

/** What the table is made from and tells. */
export interface TableInput extends LookInput {
  /** Reads soul and surfaces anew; their identity says whether they changed. */
  sources(): Pick<Sources, 'soul' | 'surfaces'>
}

/** A request that finds nothing waits this long for a new look. */
const PATIENCE_MS = 500
const TICK_MS = 1000
/** Between two looks at what is not usable, and between two looks for a model nobody lists. */
const LOOK_AGAIN_MS = 3000
/** Clients may name any model, so the number of kept rankings has a bound. */
const MOST_RANKINGS = 1000

/** Creates the table; call `refresh` once before using it. */
export function createEndpointTable(input: TableInput): EndpointTable {
  const { list, looks, prospects, rank, update } = createView(input)
  let lookedAt = Number.NEGATIVE_INFINITY

  async function lookAt(due: readonly Candidate[]): Promise<void> {
    lookedAt = performance.now()
    await Promise.all(due.map((candidate) => looks.look(candidate)))
  }

  async function refresh(): Promise<void> {
    update()
    await lookAt(list.all().filter((candidate) => !isSettled(looks.healthOf(candidate))))
  }

  const isStale = () => performance.now() - lookedAt > LOOK_AGAIN_MS
  const timer = setInterval(() => {
    if (list.isOutdated() || (isStale() && prospects().some(isPending))) void refresh()
  }, TICK_MS).unref()

  return {
    prospects,
    usable: () => usableProspects(prospects()),
    choose(wanted) {
      if (list.isOutdated()) void refresh()
      const ranking = rank(wanted)
      if (ranking.chosen === undefined) return waitFor(refresh).then(() => rank(wanted))
      // A model nobody lists may have been loaded since the lists were read.
      if (!ranking.isListed && isStale()) void lookAt(list.all())
      return ranking
    },
    refresh,
    reportFailure({ candidate, health }, why) {
      if (isTakenAsGiven(candidate)) return
      looks.setHealth(candidate, { ...health, usable: false, why })
      void refresh()
    },
    close: () => clearInterval(timer),
  }
}

/** The candidates, what looks at them have told, and the rankings made of both. */
interface View {
  readonly list: CandidateList
  readonly looks: Looks
  prospects(): readonly Prospect[]
  rank(wanted: Wanted): Ranking
  /** Takes over what soul and surfaces say now, and lets go of everything that belongs to what is gone. */
  update(): void
}

function createView(input: TableInput): View {
  const list = createCandidateList(input)
  const rankings = createRankings(prospects)
  const looks = createLooks({
    ...input,
    onHealth(prospect, isNews) {
      rankings.forget()
      input.onHealth?.(prospect, isNews)
    },
  })

  function prospects(): readonly Prospect[] {
    return list.all().map((candidate) => ({ candidate, health: looks.healthOf(candidate) }))
  }

  return {
    list,
    looks,
    prospects,
    rank: rankings.get,
    update() {
      if (!list.update()) return
      rankings.forget()
      looks.forgetAllBut(list.all())
      input.pools.keepOnly(list.all().flatMap(placesOf))
    },
  }
}

function placesOf({ urls, socketPath }: Candidate): readonly PoolPlace[] {
  return urls.map((url) => ({ url, socketPath }))
}

async function waitFor(refresh: () => Promise<void>): Promise<void> {
  await Promise.race([refresh(), sleep(PATIENCE_MS)])
}

/** The candidates as soul and surfaces name them. */
interface CandidateList {
  all(): readonly Candidate[]
  isOutdated(): boolean
  /** Makes the list anew if it is outdated; says whether it was. */
  update(): boolean
}

function createCandidateList(input: TableInput): CandidateList {
  let sources = input.sources()
  let candidates = listCandidates({ ...sources, environment: input.environment })
  function isOutdated(): boolean {
    const next = input.sources()
    return next.soul !== sources.soul || next.surfaces !== sources.surfaces
  }
  return {
    all: () => candidates,
    isOutdated,
    update() {
      if (!isOutdated()) return false
      sources = input.sources()
      candidates = listCandidates({ ...sources, environment: input.environment })
      return true
    },
  }
}

/** Rankings by what is wanted, kept until something changes: ranking anew costs more than the rest of a request. */
function createRankings(prospects: () => readonly Prospect[]): {
  get(wanted: Wanted): Ranking
  forget(): void
} {
  const known = new Map<string, Ranking>()
  return {
    get(wanted) {
      const id = `${wanted.embeddings} ${wanted.model ?? ''}`
      const found = known.get(id)
      if (found !== undefined) return found
      const ranking = rankEndpoints(prospects(), wanted)
      if (known.size >= MOST_RANKINGS) known.clear()
      known.set(id, ranking)
      return ranking
    },
    forget: () => known.clear(),
  }
}

function isSettled(health: Health): boolean {
  return health.usable && health.list !== undefined
}

function isPending({ candidate, health }: Prospect): boolean {
  return candidate.unusable === undefined && !isTakenAsGiven(candidate) && !health.usable
}
