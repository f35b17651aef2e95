import { type Datum, definePlugin, type Plugin, type Problem } from '#core'
import type { SoulTable } from './datum.gen.ts'
import { errors } from './errors.ts'

type List = readonly Readonly<Record<string, unknown>>[]

const soul: Plugin = definePlugin<SoulTable>({
  type: 'soul',
  summary: 'The registry of backends that this machine may use.',
  errors,
  lint,
})

export default soul

/** Problems of a soul that its schema cannot express. */
function lint(datum: Datum<SoulTable>): readonly Problem[] {
  const local = readList(datum, 'local')
  const remote = readList(datum, 'remote')
  const at = { file: datum.file }
  const problems: Problem[] = []
  if (local.length + remote.length === 0) {
    const message = 'The soul lists no backends, so the router can only use running surfaces'
    problems.push({ severity: 'warning', code: 'SOUL_EMPTY', message, at })
  }
  for (const name of repeatedNames([...local, ...remote])) {
    const message = `Two backends are called "${name}"`
    problems.push({ severity: 'error', code: 'SOUL_NAME_TWICE', message, at })
  }
  for (const { name, enabled } of local.filter(({ port }) => port === 0)) {
    if (enabled === false) continue
    const message = `Backend "${name}" has port 0: its port is only known while it runs`
    problems.push({ severity: 'warning', code: 'SOUL_PORT_UNKNOWN', message, at })
  }
  return problems.map((problem) => ({ ...problem, ...hintOf(problem.code) }))
}

function hintOf(code: string): { hint?: string } {
  const next = errors[code]?.next
  return next === undefined ? {} : { hint: next }
}

function readList(datum: Datum<SoulTable>, name: string): List {
  const backends = Object(datum.document.backends)
  return Array.isArray(backends[name]) ? backends[name] : []
}

function repeatedNames(list: List): ReadonlySet<string> {
  const names = list.map(({ name }) => String(name))
  return new Set(names.filter((name, index) => names.indexOf(name) !== index))
}
