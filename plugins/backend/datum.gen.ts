// Made from schemas/ by `npm run gen`. Do not edit.

/**
 * Where the backend is: either `port` or `url`.
 */
export interface BackendTable {
  /**
   * TCP port on this machine (127.0.0.1), 1 to 65535. Default none.
   */
  port?: number
  /**
   * Base URL, http or https, without user name and password; without a path it means `/v1`. Default none.
   */
  url?: string
  /**
   * Environment variable that holds its key; the backend is not started while that is empty. Its name ends in `_KEY` or `_TOKEN`: only those are passed on to the router. Default none.
   */
  key_env?: string
  /**
   * Models it serves even if its own list does not say so. Default none.
   */
  models?: string[]
}
