import type { Handle } from '../surface/contract.ts'
import { type Lifecycle, NEXTS, STATES } from './state.ts'

/** What must be known of a surface after the supervisor's death. */
export interface StoredSurface {
  readonly key: string
  /** The boot in which the monotonic times of `lifecycle` count. */
  readonly bootId: string
  readonly lifecycle: Lifecycle
  readonly handle?: Handle
  /** Size of the log file when the live generation was started, in bytes. */
  readonly logOffset?: number
}

type Check = (value: unknown) => boolean
type Shape<T> = { readonly [K in keyof Required<T>]: Check }

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => Number.isFinite(value)
const isCount: Check = (value) => Number.isInteger(value) && Number(value) >= 0
const isFlag: Check = (value) => typeof value === 'boolean'

const isActor = shape<Lifecycle['actor']>({ name: isText, role: isText })
const isEnding = shape<NonNullable<Lifecycle['ending']>>({
  reason: isText,
  detail: isText,
  actor: isActor,
  exit: optional(isObject),
})
const isLifecycle = shape<Lifecycle>({
  state: oneOf(STATES),
  generation: isCount,
  actor: isActor,
  since: shape<Lifecycle['since']>({ monotonic: isNumber, wall: isNumber }),
  live: isFlag,
  startedAt: optional(isNumber),
  readyAt: optional(isNumber),
  ttlExpiresAt: optional(isNumber),
  crashes: (value) => Array.isArray(value) && value.every(isNumber),
  attempt: isCount,
  reason: optional(isText),
  ending: optional(isEnding),
  next: optional(oneOf(NEXTS)),
})
const isStored = shape<StoredSurface>({
  key: isText,
  bootId: isText,
  lifecycle: isLifecycle,
  handle: optional(isObject),
  logOffset: optional(isCount),
})

/** Whether a parsed file holds what the lifecycle can go on from. */
export function isStoredSurface(value: unknown): value is StoredSurface {
  if (!isStored(value)) return false
  const { state, ending, next } = (value as StoredSurface).lifecycle
  return state !== 'stopping' || (ending !== undefined && next !== undefined)
}

function shape<T>(checks: Shape<T>): Check {
  return (value) => {
    if (!isObject(value)) return false
    return Object.entries<Check>(checks).every(([key, check]) => check(value[key]))
  }
}

function optional(check: Check): Check {
  return (value) => value === undefined || check(value)
}

function oneOf(names: readonly string[]): Check {
  return (value) => typeof value === 'string' && names.includes(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
