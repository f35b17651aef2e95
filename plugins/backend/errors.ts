import type { CatalogueEntry } from '#core'

/** Every error this plugin can report. */
export const errors: Readonly<Record<string, CatalogueEntry>> = {
  BACKEND_NO_URL: {
    meaning: 'The datum does not say where the backend is.',
    next: 'Add [b00t.backend] with port = … or url = "…".',
  },
  BACKEND_TWO_PLACES: {
    meaning: 'The datum names a port and a URL.',
    next: 'Keep one of the two.',
  },
  BACKEND_REFUSED: {
    meaning: 'The backend answers, but does not accept the key.',
    next: 'Put a valid key into the variable that key_env names.',
  },
}
