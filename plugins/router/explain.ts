import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import type { CommandInput, Host } from '#core'
import { type Prospect, type Ranking, rankEndpoints } from './rank.ts'
import { openState } from './state.ts'

/** How long one look at all endpoints may take, milliseconds. */
const LOOK_MS = 2500
/** Remote lists come in the background; this is how long an explanation waits for them. */
const LISTS_MS = 1500

/** Looks at all endpoints once, the way a router that starts now would. */
export async function lookOnce(host: Host): Promise<readonly Prospect[]> {
  const { home, environment } = host
  const state = openState({ home, environment, log: pino({ enabled: false }) })
  try {
    await Promise.race([state.firstLook(), sleep(LOOK_MS)])
    const deadline = performance.now() + LISTS_MS
    while (state.table.usable().some(isListPending) && performance.now() < deadline) await sleep(20)
    return state.table.prospects()
  } finally {
    await state.close()
  }
}

function isListPending({ health }: Prospect): boolean {
  return health.usable && health.list === undefined && health.why === 'nobody has looked yet'
}

/** `server explain` */
export async function runExplain(input: CommandInput): Promise<number> {
  const model = input.arguments[0] ?? ''
  const ranking = rankEndpoints(await lookOnce(input.host), { model, embeddings: false })
  if (input.options.json === true) {
    const chosen = ranking.chosen?.candidate.name ?? null
    input.print(JSON.stringify({ model, chosen, endpoints: ranking.rows }, undefined, 2))
  } else {
    for (const line of formatRanking(model, ranking)) input.print(line)
  }
  return ranking.chosen === undefined ? 1 : 0
}

function formatRanking(model: string, { chosen, rows }: Ranking): readonly string[] {
  const verdict = chosen === undefined ? 'nobody' : chosen.candidate.name
  return [
    `"${model}" would be served by ${verdict}`,
    ...rows.map(
      (row) => `  ${row.verdict.padEnd(7)}  ${row.rank.padEnd(8)}  ${row.name}: ${row.reason}`,
    ),
  ]
}
