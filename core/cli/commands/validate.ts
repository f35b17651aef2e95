import { lstatSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { discoverDatums } from '../../datum/discover.ts'
import { makeStrict, sortProblems } from '../../datum/problems.ts'
import { readDatum } from '../../datum/read.ts'
import { checkReferences } from '../../datum/references.ts'
import { type ReportFormat, renderReport } from '../../datum/report.ts'
import { B00tError, type CatalogueEntry, type Problem } from '../../error.ts'
import type { Registry } from '../../supervisor/registry.ts'
import type { Host } from '../../surface/plugin.ts'
import { loadCatalog } from '../catalog.ts'
import type { CommandRun, Context } from '../context.ts'
import { findPortClashes } from '../port-clash.ts'
import { quietHost } from '../quiet-host.ts'

const FORMATS: readonly string[] = ['human', 'json', 'sarif', 'github']

interface Findings {
  readonly problems: readonly Problem[]
  readonly count: number
}

/** Reports every problem of the given files and folders, by default of the datum folders. */
export const validate: CommandRun = async (context, paths, { format, strict }) => {
  const chosen = readFormat(context, format)
  const { settings, registry } = await loadCatalog(context)
  const roots = paths.length > 0 ? paths.map((path) => resolve(context.cwd, path)) : settings.datums
  const host = quietHost(context, settings)
  const { problems, count } = collect(roots.filter(isThere), registry, host)
  const isNamed = paths.length > 0 || settings.namesDatums === true
  const absent = isNamed ? roots.filter((root) => !isThere(root)).map(absentProblem) : []
  const all = sortProblems([
    ...registry.problems,
    ...absent,
    ...(strict === true ? makeStrict(problems) : problems),
  ])
  report(context, all, { format: chosen, count, errors: pluginErrors(registry) })
  return all.some(({ severity }) => severity === 'error') ? 1 : 0
}

function collect(roots: readonly string[], registry: Registry, host: Host): Findings {
  const folders = roots.filter(isFolder)
  const found = discoverDatums(folders, registry.types)
  const readings = roots
    .filter((root) => !isFolder(root))
    .map((file) => readDatum(file, registry.types))
  const problems = [
    ...found.problems,
    ...found.degraded.flatMap((entry) => entry.problems),
    ...checkReferences(found, registry.types),
    ...findPortClashes(found.datums, registry, host),
    ...readings.flatMap((reading) => reading.problems),
  ]
  return { problems, count: found.datums.length + found.degraded.length + readings.length }
}

function report(
  { terminal, cwd }: Context,
  problems: readonly Problem[],
  {
    format,
    count,
    errors,
  }: { format: ReportFormat; count: number; errors: Record<string, CatalogueEntry> },
): void {
  const text = renderReport(problems, { format, folder: cwd, errors, colour: terminal.hasColour })
  if (format === 'human') {
    if (problems.length > 0) terminal.complain(text)
    terminal.print(`${counted(count, 'datum')} checked, ${countOf(problems)}`)
  } else if (text !== '') terminal.print(text)
}

function countOf(problems: readonly Problem[]): string {
  if (problems.length === 0) return 'no problems'
  const errors = problems.filter(({ severity }) => severity === 'error').length
  return `${counted(errors, 'error')}, ${counted(problems.length - errors, 'warning')}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function readFormat({ json }: Context, format: unknown): ReportFormat {
  const word = String(format ?? (json ? 'json' : 'human'))
  if (FORMATS.includes(word)) return word as ReportFormat
  throw new B00tError('USAGE', `Cannot report as "${word}": expected ${FORMATS.join(', ')}`)
}

function pluginErrors(registry: Registry): Record<string, CatalogueEntry> {
  return Object.assign({}, ...registry.plugins.map(({ plugin }) => plugin.errors ?? {}))
}

/** A link that leads nowhere is there: reading it says what is wrong. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function absentProblem(file: string): Problem {
  return {
    severity: 'error',
    code: 'DATUM_UNREADABLE',
    message: 'There is no such file or folder',
    at: { file },
    hint: 'Correct the path, on the command line or in the settings.',
  }
}

function isFolder(path: string): boolean {
  return (
    statSync(path, { throwIfNoEntry: false })?.isDirectory() === true &&
    !/\.toml(llmd?|lm)?$/.test(path)
  )
}
