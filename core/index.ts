export type { Datum } from './datum/datum.ts'
export { B00tError, type CatalogueEntry, messageOf, type Place, type Problem } from './error.ts'
export type {
  Endpoint,
  Exit,
  Handle,
  Json,
  MaintenanceAction,
  ProcessSurface,
  Run,
} from './surface/contract.ts'
export {
  type Command,
  type CommandInput,
  definePlugin,
  type Host,
  type Plugin,
} from './surface/plugin.ts'
export type { Requirement } from './surface/requirement.ts'
