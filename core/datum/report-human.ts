import { resolve } from 'node:path'
import { type Place, type Problem, placeText } from '../error.ts'
import { readBytes } from './read-bytes.ts'
import { maskSecrets } from './secrets.ts'

type Style = 'error' | 'warning' | 'quiet' | 'strong'

const STYLES: Readonly<Record<Style, string>> = {
  error: '1;31',
  warning: '1;33',
  quiet: '34',
  strong: '1',
}

/** Characters of a source line that are printed. */
const LONGEST_LINE = 400

interface HumanOptions {
  readonly folder: string
  readonly colour?: boolean
}

/** Prints problems for a person: code, place, the line of the file with a caret below it, and what to do. */
export function renderHuman(problems: readonly Problem[], options: HumanOptions): string {
  const paint = (style: Style, text: string) =>
    options.colour ? `\u001B[${STYLES[style]}m${text}\u001B[0m` : text
  const linesOf = remember((file) => readLines(resolve(options.folder, file)))
  const blocks = problems.map((problem) => block(printable(problem), { paint, linesOf }).join('\n'))
  return [...blocks, ...summary(problems)].join('\n\n')
}

interface Tools {
  paint(style: Style, text: string): string
  linesOf(file: string): readonly string[]
}

function block(
  { severity, code, message, at, hint }: Problem,
  { paint, linesOf }: Tools,
): string[] {
  const source = at && excerpt(at, linesOf(at.file))
  const width = String(at?.line ?? '').length
  const margin = ' '.repeat(width)
  const lines = [`${paint(severity, `${severity}[${code}]`)}${paint('strong', `: ${message}`)}`]
  if (at) lines.push(`${margin}${paint('quiet', '-->')} ${placeText(at)}`)
  if (source) {
    lines.push(
      paint('quiet', `${margin} |`),
      `${paint('quiet', `${at.line} |`)} ${source.text}`,
      `${paint('quiet', `${margin} |`)} ${source.indent}${paint(severity, source.caret)}`,
    )
  }
  if (hint) lines.push(`${margin} ${paint('quiet', '=')} hint: ${hint}`)
  return lines
}

/** The line of a place, and what stands below it: blanks up to the first marked character, then carets. */
function excerpt(
  { line, column = 1, endColumn }: Place,
  lines: readonly string[],
): { text: string; indent: string; caret: string } | undefined {
  const written = line === undefined ? undefined : lines[line - 1]
  if (written === undefined || column > LONGEST_LINE) return undefined
  const text = maskSecrets(withoutControls(written.slice(0, LONGEST_LINE)))
  const marked = text.slice(column - 1, (endColumn ?? column + 1) - 1)
  return {
    text,
    indent: blanksFor(text.slice(0, column - 1)),
    caret: '^'.repeat(Math.max(1, blanksFor(marked).length)),
  }
}

/** Names and lines come from files of others, which must not send commands to the terminal. */
function withoutControls(text: string): string {
  return text.replaceAll(/(?![\t\n])\p{Cc}/gu, '\uFFFD')
}

function printable(problem: Problem): Problem {
  const { message, hint } = problem
  return {
    ...problem,
    message: withoutControls(message),
    ...(hint !== undefined && { hint: withoutControls(hint) }),
  }
}

/** As many blanks as a text is wide in a terminal; tabs stay tabs. */
function blanksFor(text: string): string {
  return [...text].map(blankFor).join('')
}

function blankFor(character: string): string {
  if (character === '\t') return '\t'
  if (/\p{Mark}|\u200D|\uFE0F/u.test(character)) return ''
  return /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\uFF01-\uFF60]/u.test(
    character,
  )
    ? '  '
    : ' '
}

function summary(problems: readonly Problem[]): string[] {
  if (problems.length < 2) return []
  const errors = problems.filter(({ severity }) => severity === 'error').length
  return [`${plural(errors, 'error')}, ${plural(problems.length - errors, 'warning')}`]
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function readLines(file: string): readonly string[] {
  const bytes = readBytes(file)
  return Buffer.isBuffer(bytes) ? bytes.toString('utf8').split(/\r?\n/) : []
}

function remember<Value>(compute: (key: string) => Value): (key: string) => Value {
  const known = new Map<string, Value>()
  return (key) => {
    const value = known.get(key) ?? compute(key)
    known.set(key, value)
    return value
  }
}
