import type { Logger } from 'pino'
import type { B00tError } from '#core'
import { overrideProblem } from './candidate.ts'
import { createEndpointTable, type EndpointTable } from './endpoint-table.ts'
import { errorLine } from './error-line.ts'
import { indexKeys, type KeySet } from './key.ts'
import { keyFile, parseKeys, secureKeyFile } from './key-file.ts'
import { createPools, type Pools } from './pools.ts'
import { ensureSoul, parseSoul, type Soul, soulFile } from './soul.ts'
import { followSupervisor } from './supervisor-feed.ts'
import { type WatchedFile, watchFile } from './watched-file.ts'

/** Everything the router knows that is not a request: keys, soul, surfaces, and the endpoints made of them. */
export interface RouterState {
  readonly keys: () => KeySet
  readonly table: EndpointTable
  readonly pools: Pools
  /** Resolves when the supervisor has answered, if there is one, and every endpoint was looked at. */
  firstLook(): Promise<void>
  /** What is wrong with the files now, a line each. */
  readonly problems: () => readonly string[]
  close(): Promise<void>
}

/** What the state is opened from. */
export interface StateInput {
  readonly home: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Logger
}

/**
 * Reads keys and soul, and starts to look for endpoints.
 *
 * @throws B00tError `ROUTER_KEYS_INVALID`, `ROUTER_KEYS_MODE` or `ROUTER_SOUL_INVALID`
 */
export function openState({ home, environment, log }: StateInput): RouterState {
  const keys = watchKeys(home, log)
  const soul = watchSoul(home, log)
  const pools = createPools()
  const feed = followSupervisor(home, () => void table.refresh())
  const table = createEndpointTable({
    environment,
    pools,
    sources: () => ({ soul: soul.current(), surfaces: feed.current() }),
    onHealth({ candidate, health }, isNews) {
      const { name, rank } = candidate
      if (isNews) log.info({ endpoint: name, rank, usable: health.usable, why: health.why }, 'look')
    },
  })
  return {
    keys: keys.current,
    table,
    pools,
    async firstLook() {
      await feed.firstAnswer
      await table.refresh()
    },
    problems() {
      keys.current()
      soul.current()
      return [
        ...[keys.problem(), soul.problem()].flatMap((one) => (one ? [errorLine(one)] : [])),
        ...[overrideProblem(environment) ?? []].flat(),
      ]
    },
    async close() {
      feed.close()
      table.close()
      await pools.destroy()
    },
  }
}

function watchKeys(home: string, log: Logger): WatchedFile<KeySet> {
  const path = keyFile(home)
  let wasThere = false
  return watchFile({
    path,
    check(stats) {
      if (secureKeyFile(path, stats))
        log.warn('others could read the keys file; its mode is now 0600')
    },
    parse(text) {
      const isGone = wasThere && text === undefined
      if (isGone) log.warn('there is no key file: every key is refused')
      wasThere = text !== undefined
      return indexKeys(parseKeys(path, text))
    },
    onProblem: reportTo(log, 'keys'),
  })
}

function watchSoul(home: string, log: Logger): WatchedFile<Soul> {
  ensureSoul(home)
  const path = soulFile(home)
  return watchFile({
    path,
    parse: (text) => parseSoul(path, text ?? ''),
    onProblem: reportTo(log, 'soul'),
  })
}

function reportTo(log: Logger, file: string): (problem: B00tError | undefined) => void {
  return (problem) => {
    if (problem === undefined) log.info(`the ${file} file is good again`)
    else
      log.error(
        { code: problem.code },
        `${errorLine(problem)}; the last good ${file} file stays in use`,
      )
  }
}
