import type { LintProblem } from './catalog.ts'
import { pointerStep } from './locate.ts'
import { holdsToken, isSecretKey } from './secrets.ts'
import { isTable } from './toml.ts'

/** A value that only names where the secret is, e.g. `${API_KEY}` or nothing at all. */
const REFERENCE = /^\s*(?:\$\{?\w+.*)?$/

/**
 * Secrets that stand in a datum: whoever may read the file has them, and a command line shows them to all.
 *
 * @param table - the table of the datum's type
 * @param pointer - JSON Pointer of that table
 */
export function lintSecrets(table: unknown, pointer: string): LintProblem[] {
  if (Array.isArray(table)) {
    return table.flatMap((value, index) => lintValue(value, '', pointer + pointerStep(index)))
  }
  if (!isTable(table)) return []
  return Object.entries(table).flatMap(([key, value]) =>
    lintValue(value, key, pointer + pointerStep(key)),
  )
}

function lintValue(value: unknown, key: string, pointer: string): LintProblem[] {
  if (typeof value !== 'string') return lintSecrets(value, pointer)
  const isSecret = holdsToken(value) || (isSecretKey(key) && !REFERENCE.test(value))
  if (!isSecret) return []
  return [
    {
      severity: 'warning',
      code: 'DATUM_SECRET',
      message: `${key ? `\`${key}\`` : 'An entry'} looks like a secret, which should not stand in a datum`,
      pointer,
      hint: 'Keep it in an environment variable and name that variable here.',
    },
  ]
}
