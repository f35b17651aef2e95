// Made from schemas/ by `npm run gen`. Do not edit.

/**
 * How the folders are watched.
 */
export interface WatcherTable {
  /**
   * Milliseconds of quiet after a change before it is applied, so that a burst of writes counts once.
   */
  debounce_ms: number
  /**
   * Looks every so many milliseconds instead of waiting for the system's word. For network folders, which send none.
   */
  poll_ms?: number
}
