import { destination, pino } from 'pino'
import type { CommandInput } from '#core'
import { makePrivateFolder } from '#core'
import { runUntilStopped } from './foreground.ts'
import { noteTightened } from './key-commands.ts'
import { readTable } from './settings.ts'

/** `server start`: the router alone, in this process, until Ctrl-C. */
export async function runStart(input: CommandInput): Promise<number> {
  const { host, options, signal } = input
  makePrivateFolder(host.home)
  const table = readTable(options)
  if ((await noteTightened(input)).length === 0) {
    input.note('There are no keys yet: make one with "b00t server key create --consumer NAME"')
  }
  await runUntilStopped({
    home: host.home,
    host: table.host,
    port: table.port,
    hosts: table.hosts,
    maxBodyBytes: table.max_body_bytes,
    drainTimeoutMs: table.drain_timeout_s * 1000,
    environment: host.environment,
    log: pino({ base: null }, destination({ dest: 2, sync: true })),
    stop: signal,
    ready: (url) => input.print(`ready ${url}`),
  })
  return 0
}
