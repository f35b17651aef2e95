import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../error.ts'
import type { GovernancePolicy } from '../governance/policy.ts'
import { lastLogLine, logSize } from '../process/log-file.ts'
import type {
  Endpoint,
  Exit,
  Handle,
  MaintenanceAction,
  ProcessSurface,
  Run,
} from '../surface/contract.ts'
import { lastingRequirements, type Requirement } from '../surface/requirement.ts'
import { inTime } from './in-time.ts'
import { Maintenance } from './maintenance.ts'
import type { LifecycleEvent } from './state.ts'

/** What a surface is and the rules it runs under, made from a datum. */
export interface Definition {
  readonly surface: ProcessSurface
  readonly policy: GovernancePolicy
  /** Keys or names that must be ready first. */
  readonly dependsOn: readonly string[]
  /** Variables of our environment that it is given; their values stay out of status and audit. */
  readonly passedOn?: readonly string[]
  /** Hash of the datum; another hash means another definition. */
  readonly hash: string
}

/** What a generation needs from the runner it belongs to. */
export interface GenerationPorts {
  readonly key: string
  readonly logFile: string
  /** Size of the log file when it was started, in bytes; by default its size now. */
  readonly logOffset?: number | undefined
  /** The rules as they are now; a datum may change while it runs. */
  policy(): GovernancePolicy
  dispatch(event: LifecycleEvent): void
  /** A handle exists and must survive our death. */
  onHandle(): void
  report(message: string): void
  /** Takes secrets out of what a program printed or a plugin said. */
  mask(text: string): string
}

const LOOK_WITHIN_MS = 10_000

/** One start of a surface, from `operate` to `terminate`. */
export class Generation {
  readonly definition: Definition
  readonly number: number
  readonly logOffset: number
  handle: Handle | undefined
  readonly #ports: GenerationPorts
  readonly #controller = new AbortController()
  readonly run: Run
  readonly #maintenance: Maintenance
  /** Settles when a start has led to a handle, or to nothing. */
  #launching: Promise<unknown> = Promise.resolve()
  /** Settles when a start is over: ready or failed. */
  #operating: Promise<unknown> = Promise.resolve()

  constructor(definition: Definition, number: number, ports: GenerationPorts) {
    this.definition = definition
    this.number = number
    this.#ports = ports
    this.logOffset = ports.logOffset ?? logSize(ports.logFile)
    this.run = {
      key: ports.key,
      generation: number,
      signal: this.#controller.signal,
      logFile: ports.logFile,
      get stopGraceMs() {
        return ports.policy().stopGraceMs
      },
    }
    this.#maintenance = new Maintenance({
      look: () => this.#look(),
      act: (action) =>
        ports.dispatch({ type: 'maintained', generation: number, action: this.#masked(action) }),
      report: (why) => ports.report(`Cannot look at ${ports.key}: ${why}`),
    })
  }

  /** Bytes of output so far. */
  get bytesLogged(): number {
    return Math.max(0, logSize(this.#ports.logFile) - this.logOffset)
  }

  get endpoints(): readonly Endpoint[] {
    if (!this.handle) return []
    try {
      return this.definition.surface.endpoints?.(this.handle) ?? []
    } catch (thrown) {
      this.#ports.report(`Cannot read the endpoints of ${this.#ports.key}: ${messageOf(thrown)}`)
      return []
    }
  }

  /** Starts it; everything that happens comes back as events. */
  operate(): void {
    const launching = this.#launch()
    this.#launching = launching.catch(() => undefined)
    this.#operating = this.#guard(launching.then((handle) => this.#becomeReady(handle)))
  }

  /** Takes over what an earlier supervisor started, and waits on where it is not ready yet. */
  adopt(handle: Handle, isReady: boolean): void {
    this.handle = handle
    this.#watch(handle)
    if (!isReady) this.#operating = this.#guard(this.#becomeReady(handle))
  }

  /**
   * Ends it, however far it came, and says so with `terminated`.
   *
   * A start that ignores its abort may bring a handle late, and until then nobody knows what lives: the end is
   * not told before. It is not told either where `terminate` fails.
   */
  async terminate(): Promise<void> {
    this.#controller.abort()
    this.#maintenance.stop()
    await Promise.race([this.#operating, pause(this.run.stopGraceMs, undefined, { ref: false })])
    await this.#launching
    try {
      if (this.handle) await this.definition.surface.terminate(this.handle, this.run)
      await nextTurn() // An exit that has been seen meanwhile is told first.
      this.#ports.dispatch({ type: 'terminated', generation: this.number })
    } catch (thrown) {
      this.#ports.report(`Cannot stop ${this.#ports.key}: ${messageOf(thrown)}`)
    }
  }

  /** Looks at requirements and health again, because the time to live is over. */
  async evaluate(check: (requirement: Requirement) => Promise<string | undefined>): Promise<void> {
    const told = { type: 'evaluated', generation: this.number } as const
    const { mask, dispatch, policy } = this.#ports
    const limitMs = policy().startTimeoutMs
    const unmet = await inTime(this.#findUnmet(check), limitMs).catch(messageOf)
    if (unmet !== undefined) return dispatch({ ...told, problem: mask(unmet) })
    const verdict = await this.#look().catch(failedLook)
    if (verdict.action === 'none') return dispatch({ ...told, problem: undefined })
    dispatch({ ...told, problem: mask(verdict.reason), action: verdict.action })
  }

  /** Begins the regular looks of a surface that asked for them. */
  startMaintenance(): void {
    const every = this.definition.surface.maintainEveryMs
    if (every !== undefined && !this.run.signal.aborted) this.#maintenance.start(every)
  }

  async #launch(): Promise<Handle> {
    const { surface } = this.definition
    await surface.init?.(this.run)
    this.run.signal.throwIfAborted()
    const handle = await surface.operate(this.run)
    this.handle = handle
    this.#ports.onHandle()
    this.#watch(handle)
    return handle
  }

  async #becomeReady(handle: Handle): Promise<void> {
    this.run.signal.throwIfAborted()
    await this.definition.surface.ready?.(handle, this.run)
    this.run.signal.throwIfAborted()
    this.#ports.dispatch({ type: 'ready', generation: this.number })
  }

  async #guard(start: Promise<void>): Promise<void> {
    try {
      await start
    } catch (thrown) {
      if (this.run.signal.aborted) return
      const reason = this.#ports.mask(messageOf(thrown))
      this.#ports.dispatch({ type: 'start_failed', generation: this.number, reason })
    }
  }

  #watch(handle: Handle): void {
    const { surface } = this.definition
    surface.exited?.(handle, this.run).then(
      (exit) => this.#reportExit(exit),
      (thrown) => {
        if (this.run.signal.aborted) return // Nobody need watch what is being stopped.
        this.#ports.report(`Cannot watch ${this.#ports.key}: ${messageOf(thrown)}`)
      },
    )
  }

  #reportExit(exit: Partial<Exit> | undefined): void {
    const lastLine = lastLogLine(this.#ports.logFile, this.logOffset)
    this.#ports.dispatch({
      type: 'exited',
      generation: this.number,
      exit: { code: exit?.code ?? null, signal: exit?.signal ?? null },
      expected: this.definition.surface.endsByItself ?? false,
      ...(lastLine ? { lastLine: this.#ports.mask(lastLine) } : {}),
    })
  }

  /** Asks the surface how it is; fails where it gives no answer in time. */
  async #look(): Promise<MaintenanceAction> {
    const { surface } = this.definition
    if (!this.handle || !surface.maintain) return { action: 'none' }
    const limitMs = Math.min(LOOK_WITHIN_MS, this.#ports.policy().startTimeoutMs)
    return (await inTime(surface.maintain(this.handle, this.run), limitMs)) ?? { action: 'none' }
  }

  #masked(verdict: MaintenanceAction): MaintenanceAction {
    const { mask } = this.#ports
    if (verdict.action !== 'none') return { ...verdict, reason: mask(verdict.reason) }
    return verdict.problem === undefined ? verdict : { ...verdict, problem: mask(verdict.problem) }
  }

  async #findUnmet(
    check: (requirement: Requirement) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    for (const requirement of lastingRequirements(this.definition.surface.requirements())) {
      const missing = await check(requirement)
      if (missing !== undefined) return missing
    }
    return undefined
  }
}

function failedLook(thrown: unknown): MaintenanceAction {
  return { action: 'restart', reason: `it cannot be looked at: ${messageOf(thrown)}` }
}
