import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as core from '#core'

test('the values that core offers to plugins change only on purpose', () => {
  expect(Object.keys(core).sort()).toMatchInlineSnapshot(`
    [
      "B00tError",
      "DATUM_DEPTH",
      "definePlugin",
      "describePortHolder",
      "formatDuration",
      "isAtLeast",
      "isDatumName",
      "isSkippedName",
      "listDatumFiles",
      "makePrivateFolder",
      "messageOf",
      "parseDuration",
      "parseGgufHead",
      "parseRole",
      "placeText",
      "processSurface",
      "readBytes",
      "readGgufHead",
      "watchLiveness",
      "writeFileAtomically",
    ]
  `)
})

test('the types that core offers to plugins change only on purpose', () => {
  const source = readFileSync(new URL('../core/index.ts', import.meta.url), 'utf8')
  const names = [...source.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, all, list = '']) =>
    list
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && (all !== undefined || name.startsWith('type ')))
      .map((name) => name.replace('type ', '')),
  )
  expect(names.sort()).toMatchInlineSnapshot(`
    [
      "CatalogueEntry",
      "Command",
      "CommandInput",
      "Datum",
      "Endpoint",
      "Exit",
      "GgufHead",
      "GgufTensor",
      "GgufValue",
      "Handle",
      "Host",
      "Json",
      "LintProblem",
      "Liveness",
      "MaintenanceAction",
      "Place",
      "Plugin",
      "Problem",
      "ProcessHandle",
      "ProcessSurface",
      "Requirement",
      "Role",
      "Run",
    ]
  `)
})
