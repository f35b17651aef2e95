// Made from schemas/ by `npm run gen`. Do not edit.

/**
 * A soul keeps its facts in `[soul]` and `[backends]`; there is nothing to set here.
 */
export interface SoulTable {}
