import { findPlainCommand, type PlainCommand } from './commands.ts'
import { complain, complainOfOurselves } from './complain.ts'
import { createContext } from './context.ts'
import { createTerminal, type Terminal } from './terminal.ts'

/**
 * Runs one command line.
 *
 * @param args - without the program's own two words
 * @returns the exit code: 0 done, 1 the user's fault, 2 wrong usage, 70 ours
 */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = createTerminal(args.includes('--quiet') || args.includes('-q'))
  process.stdout.once('error', endWithReader)
  process.stderr.on('error', () => undefined) // A full disk behind it: there is nobody left to tell.
  // What nobody caught, a rejected promise included, is our fault whatever it says.
  process.once('uncaughtException', (thrown) => process.exit(complainOfOurselves(thrown, terminal)))
  try {
    const plain = findPlainCommand(args)
    if (plain) return await runPlain(plain, terminal)
    const { runProgram } = await import('./program.ts')
    return await runProgram(args, terminal)
  } catch (thrown) {
    return complain(thrown, terminal)
  }
}

async function runPlain({ entry, json }: PlainCommand, terminal: Terminal): Promise<number> {
  const run = await entry.load()
  return run(createContext(terminal, { json }), [], json ? { json } : {})
}

/** The reader of a pipe went away, as `head` does: there is nobody left to write for. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
}
