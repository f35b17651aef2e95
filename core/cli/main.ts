import { CommanderError } from 'commander'
import { complain } from './complain.ts'
import { buildProgram } from './program.ts'
import { createTerminal } from './terminal.ts'

const USAGE_EXIT = 2

/**
 * Runs one command line.
 *
 * @param args - without the program's own two words
 * @returns the exit code: 0 done, 1 the user's fault, 2 wrong usage, 70 ours
 */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = createTerminal(args.includes('--quiet') || args.includes('-q'))
  try {
    const { program, exitCode } = await buildProgram(args, terminal)
    await program.parseAsync([...args], { from: 'user' })
    return exitCode()
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : USAGE_EXIT
    return complain(thrown, terminal)
  }
}
