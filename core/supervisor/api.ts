import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { B00tError, messageOf } from '../error.ts'
import { type Actor, isAtLeast, lowerRole, parseRole, type Role } from '../governance/role.ts'
import type { Json } from '../surface/contract.ts'
import type { Bus } from './bus.ts'
import type { Leftover } from './entry.ts'
import type { SupervisorIdentity } from './lock.ts'
import type { Supervisor } from './supervisor.ts'
import type { SurfaceCommand } from './surface-table.ts'

/** What the control API speaks for. */
export interface ApiParts {
  readonly supervisor: Supervisor
  readonly bus: Bus
  readonly identity: SupervisorIdentity
  /** Role of whoever may open the socket; a request can only lower it. */
  readonly role: Role
  /** Stops every surface and resolves to what may still run; then this supervisor ends. */
  shutDown(): Promise<readonly Leftover[]>
}

/** The body of a command, all of it optional but `name` for surface commands. */
interface CommandBody {
  readonly name?: string
  readonly actor?: string
  readonly role?: string
  readonly reason?: string
}

type Answer = Json | ((response: ServerResponse) => void)

const BODY_LIMIT = 64 * 1024
const BODY_FIELDS = ['name', 'actor', 'role', 'reason'] as const
/** Bytes a follower may leave unread. Whoever leaves more does not read at all, and would fill our memory. */
const UNREAD_LIMIT = 1024 * 1024
const SURFACE_COMMANDS = ['start', 'stop', 'restart', 'release']

/**
 * Serves the control API on a unix socket that only its owner may open.
 *
 * `GET /v1/status`, `/v1/problems`, `/v1/plan`, `/v1/endpoints[?follow=1]`, `/v1/events[?follow=1]`;
 * `POST /v1/start|stop|restart|release|apply|down`. Followed routes send one JSON line per change, and end for
 * a reader who falls 1 MiB behind. `down` answers once everything is stopped, with what may still run.
 */
export async function serveApi(path: string, parts: ApiParts): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, parts).then(
      (value) => send(response, value),
      (thrown) => sendError(response, thrown),
    )
  })
  rmSync(path, { force: true }) // The lock is ours, so a socket that is left here is stale.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  chmodSync(path, 0o600)
  return server
}

async function answer(request: IncomingMessage, parts: ApiParts): Promise<Answer> {
  const url = URL.parse(request.url ?? '/', 'http://supervisor')
  if (!url) throw unknownRoute(request.url ?? '')
  const [, version, word = ''] = url.pathname.split('/')
  if (version !== 'v1') throw unknownRoute(url.pathname)
  const follow = url.searchParams.get('follow') === '1'
  if (request.method === 'GET') return read(word, follow, parts)
  if (request.method === 'POST') return await command(word, await readBody(request), parts)
  throw unknownRoute(url.pathname)
}

function read(word: string, follow: boolean, parts: ApiParts): Answer {
  const { supervisor, bus, identity } = parts
  switch (word) {
    case 'status':
      return toJson({
        supervisor: identity,
        role: parts.role,
        surfaces: supervisor.surfaces.status(),
      })
    case 'problems':
      return toJson(supervisor.problems)
    case 'plan':
      return toJson(supervisor.plan())
    case 'endpoints':
      return follow
        ? followEndpoints(parts)
        : toJson({ endpoints: supervisor.surfaces.endpoints() })
    case 'events':
      return follow ? followEvents(bus) : toJson(bus.recent())
    default:
      throw unknownRoute(`/v1/${word}`)
  }
}

async function command(word: string, body: CommandBody, parts: ApiParts): Promise<Answer> {
  const actor = actorOf(body, parts.role)
  if (SURFACE_COMMANDS.includes(word)) {
    if (!body.name) throw new B00tError('USAGE', `Cannot ${word}: no name is given`)
    requireRole(actor, word === 'release' ? 'operator' : 'agent', word)
    const reason = body.reason ?? ''
    const type = word as SurfaceCommand['type']
    return toJson(await parts.supervisor.surfaces.command(body.name, { type, actor, reason }))
  }
  if (word !== 'apply' && word !== 'down') throw unknownRoute(`/v1/${word}`)
  requireRole(actor, 'operator', word)
  if (word === 'apply') return toJson(await parts.supervisor.apply(actor))
  return toJson({ ...parts.identity, left: await parts.shutDown() })
}

function actorOf({ actor, role }: CommandBody, most: Role): Actor {
  const asked = role === undefined ? most : parseRole(role)
  if (!asked) throw new B00tError('USAGE', `"${role}" is not a role`)
  return { name: actor?.slice(0, 100) || 'unknown', role: lowerRole(most, asked) }
}

function requireRole(actor: Actor, least: Role, what: string): void {
  if (isAtLeast(actor.role, least)) return
  throw new B00tError('ROLE_FORBIDDEN', `Cannot ${what}: role ${actor.role} is lower than ${least}`)
}

function followEndpoints({ supervisor, bus }: ApiParts): Answer {
  return (response) => {
    let last = ''
    const sendIfNew = () => {
      const line = JSON.stringify({ endpoints: supervisor.surfaces.endpoints() })
      if (line !== last) sendLine(response, line)
      last = line
    }
    sendIfNew()
    response.once('close', bus.subscribe(sendIfNew))
  }
}

function followEvents(bus: Bus): Answer {
  return (response) => {
    response.flushHeaders()
    const unsubscribe = bus.subscribe((event) => sendLine(response, JSON.stringify(event)))
    response.once('close', unsubscribe)
  }
}

function sendLine(response: ServerResponse, line: string): void {
  if (response.writableLength > UNREAD_LIMIT) response.destroy()
  else response.write(`${line}\n`)
}

async function readBody(request: IncomingMessage): Promise<CommandBody> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT) throw new B00tError('USAGE', 'The request is larger than 64 KiB')
    chunks.push(chunk)
  }
  if (size === 0) return {}
  return checkBody(parseBody(Buffer.concat(chunks).toString('utf8')))
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw new B00tError('USAGE', 'The request is not JSON', { cause: thrown })
  }
}

function checkBody(body: unknown): CommandBody {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new B00tError('USAGE', 'The request is not a JSON object')
  }
  const given = body as Readonly<Record<string, unknown>>
  const wrong = BODY_FIELDS.find((key) => !['string', 'undefined'].includes(typeof given[key]))
  if (wrong === undefined) return given
  throw new B00tError('USAGE', `The request holds a "${wrong}" that is not text`)
}

function send(response: ServerResponse, value: Answer): void {
  if (typeof value === 'function') {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    value(response)
    return
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

/** Errors travel as data, so that the command line can print them like its own. */
function sendError(response: ServerResponse, thrown: unknown): void {
  const known = thrown instanceof B00tError
  const { code = 'INTERNAL', hint, fault = 'system' } = known ? thrown : {}
  response.writeHead(known ? 400 : 500, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { code, message: messageOf(thrown), hint, fault } }))
}

function unknownRoute(path: string): B00tError {
  return new B00tError('USAGE', `The supervisor has no route ${path}`)
}

function toJson(value: unknown): Json {
  return value as Json
}
