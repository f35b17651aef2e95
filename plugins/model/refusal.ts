import { B00tError, messageOf } from '#core'

/** Why a request is not served, in the terms of the OpenAI API. */
export interface Refusal {
  /** HTTP status, 400 to 599. */
  readonly status: number
  readonly code: string
  /** The part of the request that is at fault. */
  readonly param?: string
}

/** The body of every error answer. */
export interface ErrorBody {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string
  }
}

/** An error that is answered with the given status and code. */
export function refuse(message: string, refusal: Refusal): B00tError {
  return new B00tError('MODEL_REFUSED', message, { cause: refusal })
}

/** Answer 400 for a value that the API does not allow. */
export function refuseValue(param: string, state: string): B00tError {
  return refuse(`Cannot use "${param}": ${state}`, { status: 400, code: 'invalid_value', param })
}

/** Status and body for anything that was thrown; what is not a refusal is our own fault. */
export function describeFailure(thrown: unknown): { status: number; body: ErrorBody } {
  const { status, code, param = null } = refusalOf(thrown)
  const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error')
  return { status, body: { error: { message: messageOf(thrown), type, param, code } } }
}

const TYPES: Readonly<Record<number, string>> = { 429: 'rate_limit_error' }

function refusalOf(thrown: unknown): Refusal {
  const known = thrown instanceof B00tError && thrown.code === 'MODEL_REFUSED'
  return known ? (thrown.cause as Refusal) : { status: 500, code: 'internal_error' }
}
