import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { B00tError, type Endpoint } from '#core'

/** What came of asking a backend for its models. */
export type Answer = 'serves' | 'refuses' | 'silent' | 'something_else'

const TIMEOUT_MS = 5000
const FIRST_PAUSE_MS = 50
const LAST_PAUSE_MS = 2000

/** Asks a backend for its model list, which costs nothing; a completion would. */
export async function askBackend(endpoint: Endpoint, key: string | undefined): Promise<Answer> {
  try {
    const { statusCode, body } = await request(`${endpoint.url}/models`, {
      headers: key ? { authorization: `Bearer ${key}` } : {},
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await body.text()
    if (statusCode === 401 || statusCode === 403) return 'refuses'
    if (statusCode !== 200) return 'silent'
    return isModelList(text) ? 'serves' : 'something_else'
  } catch {
    return 'silent'
  }
}

/**
 * Waits until a backend serves.
 *
 * @throws B00tError `BACKEND_REFUSED` if it does not accept the key; the signal's reason when that aborts
 */
export async function waitForBackend(
  endpoint: Endpoint,
  key: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS)) {
    const answer = await askBackend(endpoint, key)
    if (answer === 'serves') return
    if (answer === 'refuses') {
      throw new B00tError(
        'BACKEND_REFUSED',
        `Cannot use ${endpoint.url}: it does not accept ${endpoint.keyEnv ?? 'requests without a key'}`,
        { hint: 'Put a valid key into the variable that key_env names.' },
      )
    }
    await sleep(pauseMs, undefined, { signal })
  }
}

function isModelList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text).data)
  } catch {
    return false
  }
}
