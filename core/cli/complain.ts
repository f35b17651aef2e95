import { B00tError, type Problem } from '../error.ts'
import type { Terminal } from './terminal.ts'

const USER_EXIT = 1
const USAGE_EXIT = 2
const INTERNAL_EXIT = 70

/** Prints what was thrown the way it helps most, and returns the exit code it asks for. */
export async function complain(thrown: unknown, terminal: Terminal): Promise<number> {
  if (isClosedPipe(thrown)) return 0
  if (!(thrown instanceof B00tError)) return complainOfOurselves(thrown, terminal)
  const { renderHuman } = await import('../datum/report-human.ts')
  const problems = thrown.problems.length > 0 ? thrown.problems : [asProblem(thrown)]
  const options = { folder: process.cwd(), colour: terminal.hasColour }
  terminal.complain(renderHuman(problems, options))
  if (thrown.code === 'USAGE') return USAGE_EXIT
  return thrown.fault === 'user' ? USER_EXIT : INTERNAL_EXIT
}

/** Prints a fault of b00t itself at once, whatever was thrown, and returns its exit code. */
export function complainOfOurselves(thrown: unknown, terminal: Terminal): number {
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  terminal.complain(`error[INTERNAL]: ${text}`)
  terminal.complain('   = next: This is a fault in b00t itself. Report it with the text above.')
  return INTERNAL_EXIT
}

function asProblem({ code, message, at, hint }: B00tError): Problem {
  return { severity: 'error', code, message, ...(at ? { at } : {}), ...(hint ? { hint } : {}) }
}

/** The reader went away, as `head` does: that is no error. */
function isClosedPipe(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === 'EPIPE'
}
