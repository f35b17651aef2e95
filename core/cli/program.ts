import { Command } from 'commander'
import { COMMANDS, type CommandEntry } from './commands.ts'
import { type Context, createContext } from './context.ts'
import type { Terminal } from './terminal.ts'

/** A command line ready to be parsed, and the exit code afterwards. */
export interface Program {
  readonly program: Command
  exitCode(): number
}

/** Builds the commands of core and, where the first word is none of them, those of the plugins. */
export async function buildProgram(args: readonly string[], terminal: Terminal): Promise<Program> {
  const program = new Command('b00t')
    .description('Drop a TOML file, get a governed process.')
    .option('--json', 'print facts as one JSON document')
    .option('-q, --quiet', 'no progress, no advice')
    .option('--role <role>', 'act with a lower role')
    .exitOverride()
    .configureOutput({ writeErr: (text) => terminal.complain(text.trimEnd()) })
    .showHelpAfterError('Run b00t --help to see every command.')
  let code = 0
  const finish = (result: number) => {
    code = result
  }
  for (const entry of COMMANDS) addCommand(program, entry, { terminal, finish })
  if (needsPlugins(args)) {
    const { pluginCommands } = await import('./plugin-commands.ts')
    const context = createContext(terminal, {})
    for (const entry of await pluginCommands(context)) {
      addCommand(program, entry, { terminal, finish })
    }
  }
  return { program, exitCode: () => code }
}

/** Importing every plugin takes time, so it is done only where core knows no such word, or for help. */
function needsPlugins(args: readonly string[]): boolean {
  const word = args.find((arg) => !arg.startsWith('-'))
  return word === undefined || word === 'help' || !COMMANDS.some(({ path }) => path[0] === word)
}

function addCommand(
  program: Command,
  entry: CommandEntry,
  { terminal, finish }: { terminal: Terminal; finish: (code: number) => void },
): void {
  const command = findOrAdd(program, entry.path).description(entry.summary)
  for (const argument of entry.arguments ?? []) command.argument(argument)
  for (const { flags, description, required, default: fallback } of entry.options ?? []) {
    if (required) command.requiredOption(flags, description, fallback)
    else command.option(flags, description, fallback)
  }
  command.option('--json', 'print facts as one JSON document')
  command.action(async () => {
    const options = command.optsWithGlobals()
    const run = await entry.load()
    finish(await run(contextOf(terminal, options), command.args, options))
  })
}

function contextOf(terminal: Terminal, options: Record<string, unknown>): Context {
  const { json, role } = options
  return createContext(terminal, {
    json: json === true,
    ...(typeof role === 'string' ? { role } : {}),
  })
}

function findOrAdd(parent: Command, path: readonly string[]): Command {
  const [word = '', ...rest] = path
  const existing = parent.commands.find((command) => command.name() === word)
  const command = existing ?? parent.command(word)
  if (!existing && rest.length > 0) command.description(`Commands: ${word}`)
  return rest.length > 0 ? findOrAdd(command, rest) : command
}
