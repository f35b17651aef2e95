import type { CatalogueEntry } from '#core'

/** Every error the router can report. */
export const errors: Readonly<Record<string, CatalogueEntry>> = {
  ROUTER_KEYS_INVALID: {
    meaning: 'The key file is damaged.',
    next: 'Restore it from a copy, or move it away and make new keys.',
  },
  ROUTER_KEYS_MODE: {
    meaning: 'Others may read the key file, and it is not ours.',
    next: 'Let its owner run `chmod 600` on it, or move it away.',
  },
  ROUTER_KEYS_BUSY: {
    meaning: 'Another process is changing the keys.',
    next: 'Wait for it to end, then try again.',
  },
  ROUTER_KEY_UNKNOWN: {
    meaning: 'No live key has this id.',
    next: 'List the keys with `b00t server key list`.',
  },
  ROUTER_SOUL_INVALID: {
    meaning: 'The soul, `server-soul.tomllm`, is wrong.',
    next: 'Correct the place named; the router reads it again by itself.',
  },
  ROUTER_LISTEN: {
    meaning: 'The router cannot listen on its address.',
    next: 'End the other program, or choose another port in the router datum.',
  },
}
