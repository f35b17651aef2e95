import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { B00tError, type Endpoint, messageOf } from '#core'

/** What came of asking a backend for its models; `why` it does not serve, as part of a sentence. */
export type Answer =
  | { readonly outcome: 'serves' }
  | { readonly outcome: 'refuses' | 'fails'; readonly why: string }

/** Whom to ask, with what key, and until when. */
export interface Question {
  readonly endpoint: Endpoint
  readonly key: string | undefined
  readonly signal: AbortSignal
}

const TIMEOUT_MS = 5000
const FIRST_PAUSE_MS = 50
const LAST_PAUSE_MS = 2000

/** Asks a backend for its model list, which costs nothing; a completion would. Takes at most five seconds. */
export async function askBackend({ endpoint, key, signal }: Question): Promise<Answer> {
  try {
    const { statusCode, body } = await request(`${endpoint.url}/models`, {
      headers: key ? { authorization: `Bearer ${key}` } : {},
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    return judge(statusCode, await body.text())
  } catch (error) {
    return { outcome: 'fails', why: `it does not answer: ${reasonOf(error)}` }
  }
}

/**
 * Waits until a backend serves.
 *
 * @throws B00tError `BACKEND_REFUSED` if it does not accept the key; the signal's reason when that aborts
 */
export async function waitForBackend(question: Question): Promise<void> {
  const { endpoint, signal } = question
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS)) {
    const { outcome } = await askBackend(question)
    if (outcome === 'serves') return
    if (outcome === 'refuses') {
      throw new B00tError(
        'BACKEND_REFUSED',
        `Cannot use ${endpoint.url}: it does not accept ${endpoint.keyEnv ?? 'requests without a key'}`,
        { hint: 'Put a valid key into the variable that key_env names.' },
      )
    }
    await sleep(pauseMs, undefined, { signal })
  }
}

function judge(status: number, text: string): Answer {
  if (status === 401 || status === 403) {
    return { outcome: 'refuses', why: `it does not accept its key: it answers ${status}` }
  }
  if (status !== 200) return { outcome: 'fails', why: `it answers ${status} to GET /models` }
  if (isModelList(text)) return { outcome: 'serves' }
  return { outcome: 'fails', why: 'something else answers there: GET /models gives no model list' }
}

/** The code of a failed connection, e.g. `ECONNREFUSED`, else its message. */
function reasonOf(error: unknown): string {
  if ((error as Error).name === 'TimeoutError') return `nothing came within ${TIMEOUT_MS / 1000} s`
  return (error as NodeJS.ErrnoException).code ?? messageOf(error)
}

function isModelList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text).data)
  } catch {
    return false
  }
}
