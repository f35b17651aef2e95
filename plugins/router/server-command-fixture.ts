import type { CommandInput, Host } from '#core'
import router from './index.ts'

/** What a command has printed and returned. */
export interface Outcome {
  readonly code: number
  readonly out: readonly string[]
  readonly notes: readonly string[]
}

/** What a command is given beside its words. */
export interface CommandCall extends Partial<CommandInput> {
  readonly home: string
}

/** The host of a command. */
export function hostAt(home: string, environment: Record<string, string> = {}): Host {
  return { home, environment, datumFolders: [], emit: () => undefined }
}

/** Runs `b00t server WORDS` the way the command line does. */
export async function runServer(words: string, { home, ...more }: CommandCall): Promise<Outcome> {
  const path = ['server', ...words.split(' ')]
  const command = router.commands?.find((one) => one.path.join() === path.join())
  const out: string[] = []
  const notes: string[] = []
  const code = await command?.run({
    host: hostAt(home),
    arguments: [],
    options: {},
    print: (line) => out.push(line),
    note: (line) => notes.push(line),
    datums: async () => [],
    degraded: async () => [],
    signal: new AbortController().signal,
    ...more,
  })
  return { code: code ?? -1, out, notes }
}
