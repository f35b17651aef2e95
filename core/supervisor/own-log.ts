import { appendFileSync } from 'node:fs'
import { pino } from 'pino'
import { messageOf } from '../error.ts'
import { PRIVATE_FILE } from '../file.ts'
import type { BusEvent } from './bus.ts'

/**
 * Writes everything that happens to a file, as JSON lines, for whoever looks later.
 *
 * A line that cannot be written is lost: what runs must be looked after also while the disk is full. That is
 * told once, and again only after lines could be written in between.
 *
 * @param complain - takes one line of text
 */
export function writeOwnLog(
  path: string,
  complain: (line: string) => void,
): (event: BusEvent) => void {
  let isFailing = false
  const file = {
    write(line: string): void {
      try {
        appendFileSync(path, line, { mode: PRIVATE_FILE })
        isFailing = false
      } catch (thrown) {
        if (!isFailing) complain(`Cannot write ${path}, going on without: ${messageOf(thrown)}`)
        isFailing = true
      }
    },
  }
  file.write('')
  const log = pino({ base: { pid: process.pid } }, file)
  return ({ type, data }) => log.info({ event: type, data })
}
