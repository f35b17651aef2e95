import type { Problem } from '../error.ts'

/**
 * Prints problems as GitHub workflow commands, one line each.
 *
 * @see https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts the escaping rules
 */
export function renderGithub(problems: readonly Problem[]): string {
  return problems.map(command).join('\n')
}

function command({ severity, code, message, at, hint }: Problem): string {
  const fields = {
    file: at?.file,
    line: at?.line,
    col: at?.column,
    endColumn: at?.endColumn,
    title: code,
  }
  const written = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escapeField(String(value))}`)
  return `::${severity} ${written.join(',')}::${escapeText([message, hint].filter(Boolean).join('\n'))}`
}

function escapeText(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeField(text: string): string {
  return escapeText(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
