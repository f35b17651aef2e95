import type { Datum } from '../../datum/datum.ts'
import { messageOf } from '../../error.ts'
import { identify } from '../../process/identity.ts'
import { readIdentity } from '../../supervisor/lock.ts'
import type { Registry } from '../../supervisor/registry.ts'
import type { Host } from '../../surface/plugin.ts'
import { checkRequirement } from '../../surface/requirement.ts'
import { loadCatalog } from '../catalog.ts'
import type { CommandRun, Context } from '../context.ts'
import { runningKeys } from '../running-keys.ts'

interface Finding {
  readonly ok: boolean
  readonly what: string
  readonly advice?: string
}

/** Checks the machine and what every datum needs. Fails only for what would keep an autostart from working. */
export const doctor: CommandRun = async (context) => {
  const { settings, registry, discover } = await loadCatalog(context)
  const found = discover()
  const host: Host = {
    home: context.home.path,
    environment: context.environment,
    datumFolders: settings.datums,
    emit: () => undefined,
  }
  const running = await runningKeys(context.home)
  const datums = found.datums.filter(
    (datum) => registry.isRunnable(datum) && !running.has(datum.key),
  )
  const findings = [
    ...checkMachine(context),
    ...registry.problems.map((problem) => ({ ok: false, what: problem.message })),
    ...found.degraded.map(({ file, problems }) => degradedFinding(file, problems[0]?.message)),
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
    { ok: true, what: `state folder ${home.path}${environment.B00T_HOME ? ' (B00T_HOME)' : ''}` },
    holder
      ? { ok: true, what: `supervisor runs: pid ${holder.pid}, since ${holder.since}` }
      : { ok: true, what: 'no supervisor runs', advice: 'b00t up' },
    process.platform === 'linux'
      ? { ok: true, what: 'processes are told apart by /proc' }
      : { ok: true, what: 'no /proc here: descendants that leave their session are not found' },
  ]
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
    return { ok: !datum.autostart, what: `${datum.key} could not start: ${unmet.join('; ')}` }
  } catch (thrown) {
    return { ok: !datum.autostart, what: `${datum.key} could not start: ${messageOf(thrown)}` }
  }
}

function print({ terminal }: Context, { ok, what, advice }: Finding): void {
  const mark = ok ? terminal.paint('green', 'ok  ') : terminal.paint('red', 'fail')
  terminal.print(`${mark}  ${what}${advice ? `  →  ${advice}` : ''}`)
}
