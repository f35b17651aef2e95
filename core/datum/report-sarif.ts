import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CatalogueEntry, Place, Problem } from '../error.ts'

type Catalogue = Readonly<Record<string, CatalogueEntry>>

/**
 * Prints problems as one SARIF 2.1.0 run, in the part of it that GitHub code scanning accepts.
 *
 * @see https://docs.github.com/en/code-security/reference/code-scanning/sarif-support-for-code-scanning
 */
export function renderSarif(problems: readonly Problem[], catalogue: Catalogue): string {
  const codes = [...new Set(problems.map(({ code }) => code))].sort()
  const run = {
    tool: { driver: { name: 'b00t', rules: codes.map((code) => rule(code, catalogue[code])) } },
    columnKind: 'utf16CodeUnits',
    results: problems.map((problem) => result(problem, codes)),
  }
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [run],
  }
  return JSON.stringify(log, undefined, 2)
}

function rule(id: string, entry: CatalogueEntry | undefined): object {
  const meaning = entry?.meaning ?? id
  const next = entry?.next ?? meaning
  return {
    id,
    shortDescription: { text: meaning },
    fullDescription: { text: meaning },
    help: { text: next },
    defaultConfiguration: { level: 'error' },
  }
}

function result({ severity, code, message, at, hint }: Problem, codes: readonly string[]): object {
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: [message, hint].filter(Boolean).join('. ') },
    locations: [{ physicalLocation: at ? physical(at) : physical({ file: '.' }) }],
  }
}

/** GitHub wants a region in every result, so a problem of a whole file sits on its first line. */
function physical({ file, line = 1, column, endColumn }: Place): object {
  return {
    artifactLocation: isAbsolute(file)
      ? { uri: pathToFileURL(file).href }
      : { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' },
    region: {
      startLine: line,
      ...(column !== undefined && { startColumn: column }),
      ...(column !== undefined && endColumn !== undefined && { endColumn }),
    },
  }
}
