import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import type { CommandInput, Host } from '#core'
import { type Prospect, rankEndpoints } from './rank.ts'
import { askRunningRouter, type Explanation, toExplanation } from './running-router.ts'
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
  const explanation = await explain(input, input.arguments[0] ?? '')
  if (input.options.json === true) input.print(JSON.stringify(explanation, undefined, 2))
  else for (const line of formatExplanation(explanation)) input.print(line)
  return explanation.chosen === null ? 1 : 0
}

/** The running router knows its own environment and what it has seen; without one the answer is made here. */
async function explain({ host, note }: CommandInput, model: string): Promise<Explanation> {
  const { url, explanation } = await askRunningRouter(host.home, model)
  if (explanation !== undefined) return explanation
  const state = url === undefined ? 'no router runs' : `the router at ${url} does not answer`
  note(`${state}: this is what one started from this shell would do`)
  return toExplanation(model, rankEndpoints(await lookOnce(host), { model, embeddings: false }))
}

function formatExplanation({ model, chosen, endpoints }: Explanation): readonly string[] {
  return [
    `"${model}" would be served by ${chosen ?? 'nobody'}`,
    ...endpoints.map(
      (row) => `  ${row.verdict.padEnd(7)}  ${row.rank.padEnd(8)}  ${row.name}: ${row.reason}`,
    ),
  ]
}
