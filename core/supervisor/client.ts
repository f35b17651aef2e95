import { connect } from 'node:net'
import { B00tError, type Fault } from '../error.ts'
import type { Home } from './home.ts'

/** A request to the supervisor; POST where there is a body. */
export interface ApiRequest {
  /** E.g. `/v1/status`. */
  readonly path: string
  readonly body?: Readonly<Record<string, string | undefined>>
  /** Milliseconds to wait for the whole answer of a GET, 10,000 by default. */
  readonly withinMs?: number
}

/** A question is answered from memory; a command may wait for a surface as long as it takes. */
const ANSWER_WITHIN_MS = 10_000

/**
 * Asks the supervisor of a state folder.
 *
 * Speaks HTTP/1.0 over the bare socket: `node:http` would double the start time of a command.
 *
 * @throws B00tError `SUPERVISOR_ABSENT`, `SUPERVISOR_SILENT`, or the error that the supervisor answered with
 */
export async function askSupervisor<Answer>(home: Home, request: ApiRequest): Promise<Answer> {
  const { body, withinMs = ANSWER_WITHIN_MS } = request
  const limit = body === undefined ? AbortSignal.timeout(withinMs) : undefined
  let text = ''
  for await (const chunk of exchange(home, request, limit)) text += chunk
  if (limit?.aborted) {
    const message = `The supervisor of ${home.path} gave no answer within ${withinMs / 1000} s`
    throw new B00tError('SUPERVISOR_SILENT', message)
  }
  const [head = '', ...rest] = text.split('\r\n\r\n')
  if (rest.length === 0) {
    throw new B00tError('SUPERVISOR_ABSENT', 'The supervisor ended before it had answered')
  }
  const answer = JSON.parse(rest.join('\r\n\r\n')) as Answer & { error?: AnsweredError }
  if (head.split(' ')[1] === '200') return answer
  const { code = 'INTERNAL', message = head, hint, fault } = answer.error ?? {}
  throw new B00tError(code, message, { ...(hint ? { hint } : {}), ...(fault ? { fault } : {}) })
}

/** Yields each JSON line of a followed route until the supervisor or the signal ends it. */
export async function* followSupervisor<Line>(
  home: Home,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Line> {
  let text = ''
  let inBody = false
  for await (const chunk of exchange(home, { path }, signal)) {
    text += chunk
    if (!inBody) {
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) continue
      inBody = true
      text = text.slice(end + 4)
    }
    const lines = text.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as Line
  }
}

/** How the system says that nobody listens, or that whoever did has just ended. */
const ABSENT = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']

interface AnsweredError {
  readonly code?: string
  readonly message?: string
  readonly hint?: string
  readonly fault?: Fault
}

async function* exchange(
  home: Home,
  { path, body }: ApiRequest,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const socket = connect(home.socket)
  socket.setEncoding('utf8')
  const stop = () => socket.destroy()
  signal?.addEventListener('abort', stop)
  const payload = body === undefined ? '' : JSON.stringify(body)
  const length = body === undefined ? '' : `content-length: ${Buffer.byteLength(payload)}\r\n`
  socket.write(`${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.0\r\n${length}\r\n${payload}`)
  try {
    yield* socket as AsyncIterable<string>
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (signal?.aborted) return
    if (!ABSENT.includes(code ?? '')) throw thrown
    throw new B00tError('SUPERVISOR_ABSENT', `No supervisor runs for ${home.path}`, {
      cause: thrown,
    })
  } finally {
    signal?.removeEventListener('abort', stop)
    socket.destroy()
  }
}
