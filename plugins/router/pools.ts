import { Pool } from 'undici'

/** Connections to backends, kept open between requests. */
export interface Pools {
  /** The pool for a base URL, or for a Unix socket. */
  get(url: string, socketPath?: string): Pool
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
  const pools = new Map<string, Pool>()
  return {
    get(url, socketPath) {
      // By URL rather than origin: parsing it takes longer than all the rest of this.
      const id = `${socketPath ?? ''} ${url}`
      const known = pools.get(id)
      if (known !== undefined) return known
      const pool = new Pool(new URL(url).origin, {
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
      pools.set(id, pool)
      return pool
    },
    async destroy() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
      pools.clear()
    },
  }
}
