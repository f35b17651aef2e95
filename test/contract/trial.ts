import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Datum } from '../../core/datum/datum.ts'
import { parseDatum, type Reading } from '../../core/datum/read.ts'
import { readPolicy } from '../../core/governance/policy.ts'
import { type Home, locateHome, logFileOf, prepareHome } from '../../core/supervisor/home.ts'
import type { Registry } from '../../core/supervisor/registry.ts'
import type { ProcessSurface, Run } from '../../core/surface/contract.ts'
import type { LoadedPlugin } from '../../core/surface/discover.ts'
import type { Host } from '../../core/surface/plugin.ts'
import { checkRequirement } from '../../core/surface/requirement.ts'
import { startUpstream } from '../fixtures/scripted-upstream.ts'
import { killProcessesOf } from './marked-processes.ts'
import { findFreePorts, portsIn, replacePorts } from './sample-ports.ts'

/** A plugin's sample in a world of its own: scratch home, free ports, a peer where it expects one. */
export interface Trial extends AsyncDisposable {
  /** Like no other key on this machine. */
  readonly key: string
  readonly datum: Datum
  readonly home: Home
  readonly host: Host
  /** Ports that the surface itself listens on. */
  readonly ports: readonly number[]
  /** A surface of its own at each call, as after a restart of the supervisor. */
  surface(): ProcessSurface
  run(signal?: AbortSignal): Run
  /** Requirements that this machine does not meet. */
  unmet(): Promise<readonly string[]>
}

/** The sample of a plugin, read and checked as any datum. */
export function readSample({ folder }: LoadedPlugin, registry: Registry): Reading {
  const file = join(folder, 'sample.toml')
  return parseDatum(file, readFileSync(file), registry.types)
}

/** Prepares a trial; nothing of the sample is started. */
export async function prepareTrial(loaded: LoadedPlugin, registry: Registry): Promise<Trial> {
  const home = prepareHome(locateHome({ B00T_HOME: mkdtempSync(join(tmpdir(), 'b00t-trial-')) }))
  const datum = await isolate(loaded, registry)
  const host: Host = {
    home: home.path,
    environment: { ...process.env, B00T_HOME: home.path },
    datumFolders: [home.datums],
    emit: () => undefined,
  }
  const surface = () => registry.define(datum, host).surface
  const needed = surface().requirements()
  const ports = needed.flatMap((needs) => (needs.kind === 'port' ? [needs.port] : []))
  const peers = await startPeers(portsIn(datum.table).filter((port) => !ports.includes(port)))
  const world = { environment: host.environment, isReady: () => false }
  return {
    key: datum.key,
    datum,
    home,
    host,
    ports,
    surface,
    run: (signal = new AbortController().signal) => ({
      key: datum.key,
      generation: 1,
      signal,
      logFile: logFileOf(home, datum.key),
      stopGraceMs: readPolicy(datum.governance, loaded.plugin.governance).stopGraceMs,
    }),
    async unmet() {
      const answers = needed.map((requirement) => checkRequirement(requirement, world))
      return (await Promise.all(answers)).filter((answer) => answer !== undefined)
    },
    async [Symbol.asyncDispose]() {
      killProcessesOf(datum.key)
      await peers.disposeAsync()
      rmSync(home.path, { recursive: true, force: true })
    },
  }
}

/** The sample's datum with a key and ports that nobody else uses. */
async function isolate(loaded: LoadedPlugin, registry: Registry): Promise<Datum> {
  const { datum, problems } = readSample(loaded, registry)
  if (!datum) expect.fail(`sample.toml is refused: ${problems.map((one) => one.message).join()}`)
  const map = await findFreePorts(portsIn(datum.table))
  const key = `trial-${loaded.plugin.type}-${process.pid}-${performance.now()}`
  return { ...datum, key, table: replacePorts(datum.table, map) }
}

/** A port that a surface names but does not want for itself is one where it expects a model server. */
async function startPeers(ports: readonly number[]): Promise<AsyncDisposableStack> {
  const peers = new AsyncDisposableStack()
  for (const port of ports) peers.use(await startUpstream({ port }))
  return peers
}
