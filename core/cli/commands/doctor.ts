import { existsSync } from 'node:fs'
import type { Datum } from '../../datum/datum.ts'
import { messageOf } from '../../error.ts'
import { identify } from '../../process/identity.ts'
import { readIdentity } from '../../supervisor/lock.ts'
import type { Registry } from '../../supervisor/registry.ts'
import type { Host } from '../../surface/plugin.ts'
import { checkRequirement } from '../../surface/requirement.ts'
import { loadCatalog } from '../catalog.ts'
import type { CommandRun, Context } from '../context.ts'
import { findPortClashes } from '../port-clash.ts'
import { quietHost } from '../quiet-host.ts'
import { runningKeys } from '../running-keys.ts'
import { plainText, type Terminal } from '../terminal.ts'

interface Finding {
  readonly ok: boolean
  /** Neither good nor bad: it could not be started or used now, and nobody asked for it. */
  readonly later?: boolean
  readonly what: string
  readonly advice?: string
}

/** Checks the machine and what every datum needs. Fails only for what would keep an autostart from working. */
export const doctor: CommandRun = async (context) => {
  const { settings, registry, discover } = await loadCatalog(context)
  const found = discover()
  const host = quietHost(context, settings)
  const running = await runningKeys(context.home)
  const datums = found.datums.filter(
    (datum) => registry.isRunnable(datum) && !running.has(datum.key),
  )
  const findings = [
    ...checkMachine(context),
    ...registry.problems.map((problem) => ({ ok: false, what: problem.message })),
    ...found.degraded.map(({ file, problems }) => degradedFinding(file, problems[0]?.message)),
    ...findPortClashes(found.datums, registry, host).map(({ message, hint = '' }) => {
      return { ok: true, later: true, what: message, advice: hint }
    }),
    ...(await Promise.all(datums.map((datum) => checkDatum(datum, registry, host)))),
  ]
  if (context.json) context.terminal.printJson(findings)
  else for (const finding of findings) print(context, finding)
  return findings.every(({ ok }) => ok) ? 0 : 1
}

function checkMachine({ home, environment }: Context): Finding[] {
  const named = readIdentity(home)
  // The file of a supervisor that was killed is still there.
  const holder = named && identify(named.pid) ? named : undefined
  return [
    { ok: true, what: `Node ${process.versions.node} on ${process.platform} ${process.arch}` },
    checkHome(home.path, environment.B00T_HOME ? ' (B00T_HOME)' : ''),
    holder
      ? { ok: true, what: `supervisor runs: pid ${holder.pid}, since ${holder.since}` }
      : { ok: true, what: 'no supervisor runs', advice: 'b00t up' },
    process.platform === 'linux'
      ? { ok: true, what: 'processes are told apart by /proc' }
      : { ok: true, what: 'no /proc here: descendants that leave their session are not found' },
  ]
}

function checkHome(path: string, source: string): Finding {
  if (existsSync(path)) return { ok: true, what: `state folder ${path}${source}` }
  const what = `state folder ${path}${source} is not there yet`
  return { ok: true, later: true, what, advice: 'b00t up makes it' }
}

function degradedFinding(file: string, message: string | undefined): Finding {
  return {
    ok: false,
    what: `${file}: ${message ?? 'cannot be used'}`,
    advice: 'b00t datum validate',
  }
}

async function checkDatum(datum: Datum, registry: Registry, host: Host): Promise<Finding> {
  try {
    const { surface } = registry.define(datum, host)
    const others = surface.requirements().filter(({ kind }) => kind !== 'surface')
    const world = { environment: host.environment, isReady: () => true }
    const answers = await Promise.all(
      others.map((requirement) => checkRequirement(requirement, world)),
    )
    const unmet = answers.filter((answer) => answer !== undefined)
    if (unmet.length === 0) return { ok: true, what: `${datum.key} could start` }
    return unstartable(datum, unmet.join('; '))
  } catch (thrown) {
    return unstartable(datum, messageOf(thrown))
  }
}

function unstartable({ key, autostart }: Datum, why: string): Finding {
  if (autostart) return { ok: false, what: `${key} could not start: ${why}` }
  return { ok: true, later: true, what: `${key} is not startable now: ${why}` }
}

function print({ terminal }: Context, finding: Finding): void {
  const { what, advice } = finding
  terminal.print(
    `${markOf(finding, terminal)}  ${plainText(what)}${advice ? `  →  ${advice}` : ''}`,
  )
}

function markOf({ ok, later }: Finding, { paint }: Terminal): string {
  if (later) return paint('dim', '--  ')
  return ok ? paint('green', 'ok  ') : paint('red', 'fail')
}
