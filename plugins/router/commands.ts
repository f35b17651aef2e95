import type { Command } from '#core'

const JSON_OPTION = { flags: '--json', description: 'one JSON document on stdout' }

/** The verbs below `b00t server`; each loads its code only when it runs. */
export const commands: readonly Command[] = [
  {
    path: ['server', 'start'],
    summary: 'Runs the router alone, in the foreground',
    options: [
      { flags: '--port <number>', description: 'port to listen on (5273)' },
      { flags: '--host <address>', description: 'address to listen on (127.0.0.1)' },
    ],
    run: async (input) => (await import('./start-command.ts')).runStart(input),
  },
  {
    path: ['server', 'key', 'create'],
    summary: 'Makes an API key and prints it once, alone, on stdout',
    options: [
      { flags: '--consumer <name>', description: 'who uses it', required: true },
      { flags: '--role <role>', description: 'executive, operator, agent or viewer' },
      { flags: '--models <globs>', description: 'models it may use, separated by commas' },
      { flags: '--endpoints <globs>', description: 'paths below /v1/, e.g. chat/*,models' },
      { flags: '--expires <duration>', description: 'how long it works, e.g. 30d' },
      JSON_OPTION,
    ],
    run: async (input) => (await import('./key-commands.ts')).runCreate(input),
  },
  {
    path: ['server', 'key', 'list'],
    summary: 'Lists the keys by id; tokens are not stored',
    options: [JSON_OPTION],
    run: async (input) => (await import('./key-list-command.ts')).runList(input),
  },
  {
    path: ['server', 'key', 'revoke'],
    summary: 'Ends a key at once',
    arguments: ['<id-or-token>'],
    run: async (input) => (await import('./key-commands.ts')).runRevoke(input),
  },
  {
    path: ['server', 'key', 'rotate'],
    summary: 'Makes a key with the same rights and ends the old one',
    arguments: ['<id-or-token>'],
    options: [{ flags: '--grace <duration>', description: 'how long the old key still works' }],
    run: async (input) => (await import('./key-commands.ts')).runRotate(input),
  },
  {
    path: ['server', 'explain'],
    summary: 'Says which endpoint would serve a model, in what order, and why',
    arguments: ['<model>'],
    options: [JSON_OPTION],
    run: async (input) => (await import('./explain.ts')).runExplain(input),
  },
  {
    path: ['server', 'spotlight', 'query'],
    summary: 'Sums up requests: counts, tokens, latency, errors',
    options: [
      { flags: '--since <duration>', description: 'how far back, e.g. 24h', default: '7d' },
      {
        flags: '--by <group>',
        description: 'consumer, model, endpoint or backend',
        default: 'consumer',
      },
      JSON_OPTION,
    ],
    run: async (input) => (await import('./spotlight-commands.ts')).runQuery(input),
  },
  {
    path: ['server', 'spotlight', 'tail'],
    summary: 'Prints each request as it ends, until Ctrl-C',
    run: async (input) => (await import('./spotlight-commands.ts')).runTail(input),
  },
]
