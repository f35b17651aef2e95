import type { CatalogueEntry } from '#core'

/** Every problem this plugin can report. */
export const errors: Readonly<Record<string, CatalogueEntry>> = {
  SOUL_EMPTY: {
    meaning: 'The soul lists no backends.',
    next: 'Add a [[backends.local]] or [[backends.remote]] table.',
  },
  SOUL_NAME_TWICE: {
    meaning: 'Two backends of the soul share one name.',
    next: 'Rename one of them; telemetry tells backends apart by their names.',
  },
  SOUL_PORT_UNKNOWN: {
    meaning: 'A local backend has no fixed port and is not used.',
    next: 'Write the port it listens on, or set enabled = false.',
  },
}
