export type { LintProblem } from './datum/catalog.ts'
export type { Datum } from './datum/datum.ts'
export { DATUM_DEPTH, isDatumName, isSkippedName, listDatumFiles } from './datum/datum-files.ts'
export { formatDuration, parseDuration } from './datum/duration.ts'
export { readBytes } from './datum/read-bytes.ts'
export {
  B00tError,
  type CatalogueEntry,
  messageOf,
  type Place,
  type Problem,
  placeText,
} from './error.ts'
export { makePrivateFolder, writeFileAtomically } from './file.ts'
export {
  type GgufHead,
  type GgufTensor,
  type GgufValue,
  parseGgufHead,
  readGgufHead,
} from './gguf.ts'
export { isAtLeast, parseRole, type Role } from './governance/role.ts'
export { type ProcessHandle, processSurface } from './process/process-surface.ts'
export type {
  Endpoint,
  Exit,
  Handle,
  Json,
  MaintenanceAction,
  ProcessSurface,
  Run,
} from './surface/contract.ts'
export { type Liveness, watchLiveness } from './surface/liveness.ts'
export {
  type Command,
  type CommandInput,
  definePlugin,
  type Host,
  type Plugin,
} from './surface/plugin.ts'
export { describePortHolder } from './surface/port-holder.ts'
export type { Requirement } from './surface/requirement.ts'
