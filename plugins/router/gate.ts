import type { IncomingMessage } from 'node:http'
import type { Exchange } from './exchange.ts'
import type { HostCheck } from './host-check.ts'
import { findKey, type Key, type KeySet, matchesGlobs, readCredential } from './key.ts'
import { type Refusal, UNAUTHORIZED } from './refusal.ts'
import { announcesTooMuch } from './request-body.ts'
import { readTarget, type Target } from './target.ts'

/** What the gate decides by. */
export interface GateParts {
  readonly keys: () => KeySet
  readonly isOurHost: HostCheck
  readonly maxBodyBytes: number
  /** True once the server is going down and takes no new requests. */
  readonly isDraining: () => boolean
}

/** A request that has passed the gate. */
export interface Admitted {
  readonly exchange: Exchange
  readonly key: Key
  readonly target: Target
}

/** Decides from the head of a request alone whether it may come in; no byte of its body has been read. */
export function admit(parts: GateParts, exchange: Exchange): Admitted | Refusal {
  const { request } = exchange
  if (!parts.isOurHost(request.headers.host)) {
    return {
      status: 403,
      code: 'host_not_allowed',
      message: 'This host name is not one of the router; list it under hosts in the router datum',
    }
  }
  const token = readCredential(request.rawHeaders) ?? ''
  const key = findKey(parts.keys(), token, Date.now())
  if (key === undefined) return UNAUTHORIZED
  exchange.key = key
  if (parts.isDraining()) return DRAINING
  const target = readTarget(request.url ?? '')
  if ('status' in target) return target
  const refusal = checkMethod(request) ?? checkEndpoint(key, target) ?? checkSize(parts, request)
  return refusal ?? { exchange, key, target }
}

const DRAINING: Refusal = {
  status: 503,
  code: 'draining',
  message: 'The router is shutting down; try again in a moment',
  headers: ['retry-after', '1', 'connection', 'close'],
}

function checkMethod({ method = '' }: IncomingMessage): Refusal | undefined {
  if (!['OPTIONS', 'TRACE', 'CONNECT'].includes(method)) return undefined
  return {
    status: 405,
    code: 'method_not_allowed',
    message: `${method} is not passed on to backends`,
    headers: ['allow', 'GET, HEAD, POST, PUT, PATCH, DELETE'],
  }
}

function checkEndpoint(key: Key, { route }: Target): Refusal | undefined {
  if (matchesGlobs(key.endpoints, route.replace(/\/$/, ''))) return undefined
  return {
    status: 403,
    code: 'endpoint_not_allowed',
    message: 'This API key may not use this endpoint',
  }
}

function checkSize({ maxBodyBytes }: GateParts, request: IncomingMessage): Refusal | undefined {
  return announcesTooMuch(request, maxBodyBytes) ? tooLarge(maxBodyBytes) : undefined
}

/** The refusal of a body over the limit. */
export function tooLarge(maxBytes: number): Refusal {
  return {
    status: 413,
    code: 'request_too_large',
    message: `The request body is larger than ${maxBytes} bytes`,
  }
}
