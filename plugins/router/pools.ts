import { Pool } from 'undici'

/** Where a pool leads: a base URL, perhaps over a Unix socket. */
export interface PoolPlace {
  readonly url: string
  readonly socketPath?: string | undefined
}

/** Open connections to one base URL. */
interface BackendPool {
  readonly dispatcher: Pool
  /** Path of the base URL, e.g. `/v1`. */
  readonly basePath: string
}

/** Connections to backends, kept open between requests. */
export interface Pools {
  /** The pool for a place; made where there is none. */
  get(place: PoolPlace): BackendPool
  /** Closes the pools of all other places once their requests have ended. */
  keepOnly(places: readonly PoolPlace[]): void
  /** Ends all connections at once. */
  destroy(): Promise<void>
}

const CONNECT_MS = 5000
/**
 * A model may think for minutes before its first byte and between two. undici's own limit of 300 s would cut
 * such answers, so ours is far beyond any of them; a client that does not want to wait hangs up.
 */
const SILENCE_MS = 3_600_000
/** Below the 5 s after which uvicorn closes idle connections, so that none is reused while it closes. */
const KEEP_ALIVE_MS = 4000

/** Creates an empty set of pools. */
export function createPools(): Pools {
  const pools = new Map<string, BackendPool>()
  const closing = new Set<Pool>()

  function close(pool: Pool): void {
    const forget = () => closing.delete(pool)
    closing.add(pool)
    pool.close().then(forget, forget)
  }

  return {
    get(place) {
      const id = identify(place)
      const known = pools.get(id)
      if (known !== undefined) return known
      const pool = openPool(place)
      pools.set(id, pool)
      return pool
    },
    keepOnly(places) {
      const ids = new Set(places.map(identify))
      for (const [id, { dispatcher }] of pools) {
        if (ids.has(id)) continue
        pools.delete(id)
        close(dispatcher)
      }
    },
    async destroy() {
      const all = [...closing, ...[...pools.values()].map(({ dispatcher }) => dispatcher)]
      pools.clear()
      await Promise.all(all.map((pool) => pool.destroy()))
    },
  }
}

/** By URL rather than origin: parsing it takes longer than all the rest of finding a pool. */
function identify({ url, socketPath = '' }: PoolPlace): string {
  return `${socketPath} ${url}`
}

function openPool({ url, socketPath }: PoolPlace): BackendPool {
  const { origin, pathname } = new URL(url)
  const dispatcher = new Pool(origin, {
    ...(socketPath === undefined ? {} : { socketPath }),
    allowH2: false,
    pipelining: 1,
    connectTimeout: CONNECT_MS,
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: 60_000,
    maxHeaderSize: 65_536,
  })
  return { dispatcher, basePath: pathname }
}
