import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { locateHome } from '../supervisor/home.ts'
import { COMMANDS, type CommandEntry } from './commands.ts'
import { type Context, createContext } from './context.ts'
import type { Terminal } from './terminal.ts'

const USAGE_EXIT = 2

/** A command line ready to be parsed, and the exit code afterwards. */
interface Program {
  readonly program: Command
  exitCode(): number
}

/** Parses a command line and runs what it names; returns the exit code. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const { program, exitCode } = await buildProgram(args, terminal)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCode()
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown
    return thrown.exitCode === 0 ? 0 : USAGE_EXIT
  }
}

/** Builds the commands of core and, where the first word is none of them, those of the plugins. */
async function buildProgram(args: readonly string[], terminal: Terminal): Promise<Program> {
  const program = new Command('b00t')
    .description('Drop a TOML file, get a governed process.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
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
    for (const entry of await pluginCommands(process.cwd(), locateHome(process.env))) {
      addCommand(program, entry, { terminal, finish })
    }
  }
  for (const group of program.commands) describeGroups(group)
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
  if (!command.options.some(({ long }) => long === '--json')) {
    command.option('--json', 'print facts as one JSON document')
  }
  command.action(async () => {
    const options = command.optsWithGlobals()
    const run = await entry.load()
    finish(await run(contextOf(terminal, options), command.args, options))
  })
}

/** A word that only groups others is described by them. */
function describeGroups(command: Command): void {
  if (command.commands.length === 0) return
  command.description(command.commands.map((child) => child.name()).join(', '))
  for (const child of command.commands) describeGroups(child)
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
  return rest.length > 0 ? findOrAdd(command, rest) : command
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
