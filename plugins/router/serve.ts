import { parseArgs } from 'node:util'
import { destination, pino } from 'pino'
import { B00tError, makePrivateFolder, placeText } from '#core'
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

function describeError(error: unknown): string {
  if (!(error instanceof B00tError)) {
    return `INTERNAL: ${error instanceof Error ? error.stack : error}`
  }
  const place = error.at === undefined ? '' : `${placeText(error.at)} `
  const hint = error.hint === undefined ? '' : `\n  hint: ${error.hint}`
  return `${place}${error.code}: ${error.message}${hint}`
}
