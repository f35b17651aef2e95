import type { styleText } from 'node:util'

// An import of `node:util` runs every lazy part of it, 4 ms in a start of 60 ms; asking for it does not.
const util = process.getBuiltinModule('node:util')

/** Where a command writes: facts to stdout, everything else to stderr. */
export interface Terminal {
  /** A line of facts. */
  print(line: string): void
  /** One JSON document, alone on stdout. */
  printJson(value: unknown): void
  /** Progress or advice; silent with `--quiet`. */
  note(line: string): void
  /** An error or warning; never silent. */
  complain(text: string): void
  /** Styles text for stdout where that is a terminal and `NO_COLOR` is not set. */
  paint(style: Parameters<typeof styleText>[0], text: string): string
  /** Whether stderr shows colours. */
  readonly hasColour: boolean
}

/** The terminal of this process. */
export function createTerminal(quiet: boolean): Terminal {
  const hasColour = !process.env.NO_COLOR && process.stderr.isTTY === true
  const paints = !process.env.NO_COLOR && process.stdout.isTTY === true
  return {
    print: (line) => void process.stdout.write(`${line}\n`),
    printJson: (value) => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    note: (line) => void (quiet || process.stderr.write(`${line}\n`)),
    complain: (text) => void process.stderr.write(`${text}\n`),
    paint: (style, text) =>
      paints ? util.styleText(style, text, { validateStream: false }) : text,
    hasColour,
  }
}

/** A cell of a table: text from anywhere, or one that we have styled ourselves. */
export type Cell = string | { readonly painted: string }

/** What must not reach a terminal from a file or a program: control characters, and turns of direction. */
const UNPRINTABLE = /[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu

/** Text from anywhere as one line that cannot move the cursor, change colours or hide what follows. */
export function plainText(text: string): string {
  return util.stripVTControlCharacters(text).replace(UNPRINTABLE, ' ')
}

/** Rows as aligned columns; the widest cell of a column sets its width. Only painted cells keep control codes. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
): string[] {
  const all = [header, ...rows].map((row) => row.map(textOf))
  const widths = header.map((_title, column) =>
    Math.max(...all.map((row) => visibleLength(row[column] ?? ''))),
  )
  return all.map((row) =>
    row
      .map(
        (cell, column) =>
          cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - visibleLength(cell))),
      )
      .join('  ')
      .trimEnd(),
  )
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? plainText(cell) : cell.painted
}

function visibleLength(text: string): number {
  return util.stripVTControlCharacters(text).length
}
