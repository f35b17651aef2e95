import { B00tError } from '../error.ts'
import type { Effect } from './state.ts'

/** The error that a `refuse` effect stands for; where there is a command that helps, it names the surface. */
export function refusalError(
  key: string,
  { code, action, why }: Extract<Effect, { type: 'refuse' }>,
): B00tError {
  const message = `Cannot ${action} ${key}: ${why}`
  if (code !== 'SURFACE_QUARANTINED') return new B00tError(code, message)
  const hint = `Mend the cause, then run \`b00t release ${key} --reason TEXT\`.`
  return new B00tError('SURFACE_QUARANTINED', message, { hint })
}
