import { request } from 'node:http'
import { join } from 'node:path'
import type { SurfaceEndpoint } from './candidate.ts'

/** The endpoints of running surfaces, as the supervisor last told them. */
export interface SupervisorFeed {
  current(): readonly SurfaceEndpoint[]
  /** Resolves once the supervisor has told, or cannot be reached. */
  readonly firstAnswer: Promise<void>
  close(): void
}

const RETRY_FIRST_MS = 100
const RETRY_LAST_MS = 3000
/** A table of a thousand endpoints stays far below this. */
const LINE_CHARACTERS = 4 * 1024 * 1024

/** Follows the supervisor of a home folder; the last known table stays while it is away. */
export function followSupervisor(home: string, onChange: () => void): SupervisorFeed {
  const socketPath = join(home, 'run', 'supervisor.sock')
  const first = Promise.withResolvers<void>()
  let endpoints: readonly SurfaceEndpoint[] = []
  let retryMs = RETRY_FIRST_MS
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function retry(): void {
    first.resolve()
    if (closed || timer !== undefined) return
    timer = setTimeout(connect, retryMs).unref()
    retryMs = Math.min(retryMs * 2, RETRY_LAST_MS)
  }

  function accept(line: string): void {
    const told = readTable(line)
    if (told === undefined) return
    retryMs = RETRY_FIRST_MS
    endpoints = told
    first.resolve()
    onChange()
  }

  let call: ReturnType<typeof request> | undefined
  function connect(): void {
    timer = undefined
    call = request({ socketPath, path: '/v1/endpoints?follow=1', agent: false }, (response) => {
      readLines(response, accept)
      response.once('close', retry)
    })
    call.once('error', retry)
    call.end()
  }

  connect()
  return {
    current: () => endpoints,
    firstAnswer: first.promise,
    close() {
      closed = true
      clearTimeout(timer)
      call?.destroy()
    },
  }
}

function readLines(stream: NodeJS.ReadableStream, accept: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('error', () => undefined)
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LINE_CHARACTERS) rest = ''
    for (const line of lines) accept(line)
  })
}

/** The endpoints of one line; undefined for anything that is not a table. */
export function readTable(line: string): readonly SurfaceEndpoint[] | undefined {
  try {
    const { endpoints } = JSON.parse(line)
    return Array.isArray(endpoints) ? endpoints.filter(isEndpoint) : undefined
  } catch {
    return undefined
  }
}

const TIERS: ReadonlySet<unknown> = new Set(['local', 'remote', 'embedded'])

function isEndpoint(value: unknown): value is SurfaceEndpoint {
  const { surface, protocol, url, models, tier } = Object(value)
  const texts = [surface, protocol, url].every((text) => typeof text === 'string')
  // The name is sent in a header, so it must be printable.
  return texts && Array.isArray(models) && TIERS.has(tier) && /^[\x21-\x7e]+$/.test(surface)
}
