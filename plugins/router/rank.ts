import type { Candidate } from './candidate.ts'

/** One model in a backend's own list, with all the fields it has there. */
export type ModelEntry = Readonly<Record<string, unknown>> & { readonly id: string }

/** What is known of a candidate at a moment. */
export interface Health {
  readonly usable: boolean
  /** Why, for people. */
  readonly why: string
  /** The base URL that answered. */
  readonly url: string
  /** Its own model list; undefined while it is not known. */
  readonly list?: readonly ModelEntry[]
}

/** A candidate and what is known of it. */
export interface Prospect {
  readonly candidate: Candidate
  readonly health: Health
}

/** What a request asks for. */
export interface Wanted {
  readonly model?: string
  readonly embeddings: boolean
}

/** One line of the explanation why a request goes where it goes. */
export interface RankRow {
  readonly name: string
  readonly rank: string
  readonly url: string
  readonly verdict: 'chosen' | 'usable' | 'skipped'
  readonly reason: string
}

/** The choice and the reason, for every prospect in order. */
export interface Ranking {
  readonly chosen: Prospect | undefined
  /** Whether the chosen one lists the model that is wanted; true if none is. */
  readonly isListed: boolean
  readonly rows: readonly RankRow[]
}

/**
 * Decides which endpoint serves a request.
 *
 * The first usable one that lists the model; if none does, the first usable one. With an override nothing else
 * is considered, so that a wrong override fails loudly instead of sending data somewhere unexpected.
 */
export function rankEndpoints(prospects: readonly Prospect[], wanted: Wanted): Ranking {
  const overridden = prospects.some(({ candidate }) => candidate.rank === 'override')
  const refusals = prospects.map((prospect, index) =>
    whySkipped(prospect, prospects.slice(0, index), overridden),
  )
  const usable = prospects.filter((_, index) => refusals[index] === undefined)
  const lister = usable.find((prospect) => listsModel(prospect, wanted.model))
  const chosen = lister ?? firstFitting(usable, wanted)
  const rows = prospects.map((prospect, index): RankRow => {
    const { candidate, health } = prospect
    const row = { name: candidate.name, rank: candidate.rank, url: health.url }
    const refusal = refusals[index]
    if (refusal !== undefined) return { ...row, verdict: 'skipped', reason: refusal }
    if (prospect !== chosen) {
      return { ...row, verdict: 'usable', reason: whyNotChosen(prospect, wanted) }
    }
    return { ...row, verdict: 'chosen', reason: whyChosen(lister !== undefined, wanted) }
  })
  return { chosen, rows, isListed: lister !== undefined || wanted.model === undefined }
}

/** The prospects that requests can go to, in order. */
export function usableProspects(prospects: readonly Prospect[]): readonly Prospect[] {
  const { rows } = rankEndpoints(prospects, { embeddings: false })
  return prospects.filter((_, index) => rows[index]?.verdict !== 'skipped')
}

/** Whether a prospect is known to serve a model. */
function listsModel({ candidate, health }: Prospect, model: string | undefined): boolean {
  if (model === undefined) return false
  return candidate.models.includes(model) || health.list?.some(({ id }) => id === model) === true
}

function whySkipped(
  prospect: Prospect,
  earlier: readonly Prospect[],
  overridden: boolean,
): string | undefined {
  if (overridden && prospect.candidate.rank !== 'override') {
    return 'B00T_SERVER_UPSTREAM_URL is set, so nothing else is used'
  }
  if (!prospect.health.usable) return prospect.health.why
  const twin = earlier.find((other) => other.health.usable && isSamePlace(other, prospect))
  return twin === undefined ? undefined : `it is the same address as ${twin.candidate.name}`
}

function isSamePlace(one: Prospect, other: Prospect): boolean {
  const place = ({ candidate, health }: Prospect) =>
    `${candidate.socketPath ?? ''} ${health.url.replace(/\/\/(localhost|\[::1\])(?=[:/])/, '//127.0.0.1')}`
  return one.candidate.keyEnv === other.candidate.keyEnv && place(one) === place(other)
}

/** Embeddings go to an embeddings server first; other requests never go to one that does not list their model. */
function firstFitting(usable: readonly Prospect[], wanted: Wanted): Prospect | undefined {
  const isEmbedder = ({ candidate }: Prospect) => candidate.kind === 'embeddings'
  if (!wanted.embeddings) return usable.find((prospect) => !isEmbedder(prospect))
  const local = usable.filter(({ candidate }) => candidate.rank !== 'remote')
  return local.find(isEmbedder) ?? usable[0]
}

function whyChosen(lists: boolean, wanted: Wanted): string {
  if (wanted.model === undefined) return 'first usable endpoint in order'
  return lists
    ? `first in order that lists "${wanted.model}"`
    : `first usable endpoint in order; none lists "${wanted.model}"`
}

function whyNotChosen(prospect: Prospect, wanted: Wanted): string {
  if (wanted.model === undefined || listsModel(prospect, wanted.model))
    return 'comes later in order'
  return prospect.health.list === undefined && prospect.candidate.models.length === 0
    ? 'its model list is not known yet'
    : `does not list "${wanted.model}"`
}
