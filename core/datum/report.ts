import { isAbsolute, relative } from 'node:path'
import { type CatalogueEntry, ERRORS, type Problem } from '../error.ts'
import { renderGithub } from './report-github.ts'
import { renderHuman } from './report-human.ts'
import { renderSarif } from './report-sarif.ts'

export type ReportFormat = 'human' | 'json' | 'sarif' | 'github'

/** How and for whom problems are printed. */
export interface ReportOptions {
  readonly format: ReportFormat
  /** Paths inside this folder are printed relative to it. Absolute. */
  readonly folder: string
  /** Whether the human form uses terminal colours. Default: no. */
  readonly colour?: boolean
  /** The codes of plugins; those of core are known. */
  readonly errors?: Readonly<Record<string, CatalogueEntry>>
}

/** Prints problems, given in the wanted order, as one text without a final line break. */
export function renderReport(problems: readonly Problem[], options: ReportOptions): string {
  const shown = problems.map((problem) => withShortPath(problem, options.folder))
  switch (options.format) {
    case 'json':
      return renderJson(shown)
    case 'sarif':
      return renderSarif(shown, { ...ERRORS, ...options.errors })
    case 'github':
      return renderGithub(shown)
    case 'human':
      return renderHuman(shown, options)
  }
}

function renderJson(problems: readonly Problem[]): string {
  const count = (severity: string) => problems.filter((one) => one.severity === severity).length
  const document = {
    errors: count('error'),
    warnings: count('warning'),
    problems: problems.map(({ severity, code, message, at, hint }) => ({
      severity,
      code,
      message,
      ...at,
      hint,
    })),
  }
  return JSON.stringify(document, undefined, 2)
}

function withShortPath(problem: Problem, folder: string): Problem {
  if (!problem.at) return problem
  const short = relative(folder, problem.at.file)
  const isInside = short !== '' && !short.startsWith('..') && !isAbsolute(short)
  return isInside ? { ...problem, at: { ...problem.at, file: short } } : problem
}
