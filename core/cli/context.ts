import { userInfo } from 'node:os'
import { type Home, locateHome } from '../supervisor/home.ts'
import { END_SIGNALS } from './interrupts.ts'
import type { Terminal } from './terminal.ts'

/** What every command gets. */
export interface Context {
  readonly terminal: Terminal
  readonly home: Home
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly json: boolean
  /** Asked with `--role`; can only lower what the caller may do. */
  readonly role: string | undefined
  /** Who types, for the audit. */
  readonly actor: string
  /** Aborts on Ctrl-C, SIGTERM and a closed terminal. */
  readonly signal: AbortSignal
}

/** A command: does its work and returns the exit code. */
export type CommandRun = (
  context: Context,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
) => Promise<number>

/** The context of this process. */
export function createContext(
  terminal: Terminal,
  options: { readonly json?: boolean; readonly role?: string },
): Context {
  let signal: AbortSignal | undefined
  return {
    terminal,
    home: locateHome(process.env),
    environment: process.env,
    cwd: process.cwd(),
    json: options.json ?? false,
    role: options.role,
    actor: `cli:${userInfo().username}`,
    // A command that never asks for it is simply ended by Ctrl-C.
    get signal() {
      signal ??= signalOfProcess()
      return signal
    },
  }
}

function signalOfProcess(): AbortSignal {
  const controller = new AbortController()
  for (const signal of END_SIGNALS) {
    process.once(signal, () => controller.abort(signal))
  }
  return controller.signal
}
