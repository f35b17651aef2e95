import { parseArgs } from 'node:util'
import { destination, pino } from 'pino'
import { B00tError, makePrivateFolder, messageOf } from '#core'
import { lastLine } from './error-line.ts'
import { runUntilStopped } from './foreground.ts'

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '5273' },
    'allow-host': { type: 'string', multiple: true, default: [] },
    'max-body-bytes': { type: 'string', default: String(64 * 1024 * 1024) },
    'drain-timeout-s': { type: 'string', default: '30' },
  },
})

const stop = new AbortController()
const kill = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => (stop.signal.aborted ? kill : stop).abort())
}

try {
  const home = values.home
  if (home === undefined) throw new B00tError('USAGE', 'Cannot start the router: --home is missing')
  makePrivateFolder(home)
  await runUntilStopped({
    home,
    host: values.host,
    port: Number(values.port),
    hosts: values['allow-host'],
    maxBodyBytes: Number(values['max-body-bytes']),
    drainTimeoutMs: Number(values['drain-timeout-s']) * 1000,
    environment: process.env,
    log: pino({ base: null }, destination({ dest: 2, sync: true })),
    stop: stop.signal,
    kill: kill.signal,
    ready: (url) => process.stdout.write(`ready ${url}\n`),
  })
  process.exit(0)
} catch (error) {
  process.stderr.write(`${describeError(error)}\n`)
  process.exit(error instanceof B00tError && error.fault === 'user' ? 1 : 70)
}

/** For a fault of ours the stack comes first; the last line says what it is in either case. */
function describeError(error: unknown): string {
  if (error instanceof B00tError) return lastLine(error)
  const stack = error instanceof Error ? `${error.stack}\n` : ''
  return `${stack}INTERNAL: ${messageOf(error).replace(/\s*\n\s*/g, ' ')}`
}
