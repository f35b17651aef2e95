import { B00tError } from '../error.ts'

/** Milliseconds per unit, largest first. */
const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
]

/** The same pattern stands in `schemas/datum.schema.json` under `$defs.duration`. */
const WRITTEN =
  /^(?=\d)(?:(\d{1,5}(?:\.\d{1,3})?)d)?(?:(\d{1,7}(?:\.\d{1,3})?)h)?(?:(\d{1,9}(?:\.\d{1,3})?)m)?(?:(\d{1,9}(?:\.\d{1,3})?)s)?(?:(\d{1,12})ms)?$/

/**
 * Turns a written duration into milliseconds.
 *
 * @param written - text such as `500ms`, `10s`, `1h30m`, `7d`, or a number of seconds, 0 or more
 * @returns milliseconds, an integer, 0 or more
 * @throws {@link B00tError} `USAGE` for anything else
 */
export function parseDuration(written: string | number): number {
  if (typeof written === 'number') {
    const ms = Math.round(written * 1_000)
    if (Number.isSafeInteger(ms) && ms >= 0) return ms
    throw unreadable(String(written))
  }
  const match = WRITTEN.exec(written.trim())
  if (!match) throw unreadable(JSON.stringify(written))
  const sum = UNITS.reduce((total, [, ms], at) => total + Number(match[at + 1] ?? 0) * ms, 0)
  return Math.round(sum)
}

/**
 * Writes milliseconds the way {@link parseDuration} reads them, e.g. `1h30m`.
 *
 * @param ms - 0 or more; fractions of a millisecond are rounded
 */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms)
  let text = ''
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size)
    if (count > 0) text += `${count}${unit}`
    rest -= count * size
  }
  return text === '' ? '0s' : text
}

function unreadable(written: string): B00tError {
  return new B00tError(
    'USAGE',
    `Cannot read the duration ${written}: expected e.g. 500ms, 10s, 10m, 24h, 7d`,
    { hint: 'Write a number with its unit, such as 10m, or a plain number of seconds.' },
  )
}
