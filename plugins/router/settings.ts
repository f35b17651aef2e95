import { B00tError } from '#core'
import type { RouterTable } from './datum.gen.ts'

/** The settings of a router with nothing left open. */
export type RouterDefaults = Required<RouterTable>

/** What holds where a datum or a command line says nothing; the schema names the same values. */
export const DEFAULTS: RouterDefaults = {
  host: '127.0.0.1',
  port: 5273,
  hosts: [],
  max_body_bytes: 64 * 1024 * 1024,
  drain_timeout_s: 30,
}

/**
 * The settings that `--host` and `--port` ask for.
 *
 * @throws B00tError `USAGE` for a port that is none
 */
export function readTable(options: Readonly<Record<string, unknown>>): RouterDefaults {
  const port = options.port === undefined ? DEFAULTS.port : Number(options.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new B00tError('USAGE', `Cannot listen on port "${options.port}": wanted is 0 to 65535`)
  }
  const host = options.host === undefined ? DEFAULTS.host : String(options.host)
  return { ...DEFAULTS, host, port }
}
