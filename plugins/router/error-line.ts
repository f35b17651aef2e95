import { type B00tError, placeText } from '#core'

/** An error in one line: code, place, message. */
export function errorLine({ code, at, message }: B00tError): string {
  return `${code}: ${at === undefined ? '' : `${placeText(at)}: `}${message}`
}

/** An error in one line with what to do next; the supervisor shows a program's last line as the reason of its end. */
export function lastLine(error: B00tError): string {
  const next = error.hint === undefined ? '' : `. Next: ${error.hint}`
  return `${errorLine(error)}${next}`.replace(/\s*\n\s*/g, ' ')
}
