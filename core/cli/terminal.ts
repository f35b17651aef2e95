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

/** Rows as aligned columns; the widest cell of a column sets its width. Control codes take no room. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const all = [header, ...rows]
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

function visibleLength(text: string): number {
  return util.stripVTControlCharacters(text).length
}
