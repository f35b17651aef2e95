import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../error.ts'
import type { GovernancePolicy } from '../governance/policy.ts'
import { lastLogLine, logSize } from '../process/log-file.ts'
import type { Endpoint, Exit, Handle, ProcessSurface, Run } from '../surface/contract.ts'
import type { Requirement } from '../surface/requirement.ts'
import { inTime } from './in-time.ts'
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
  dispatch(event: LifecycleEvent): void
  /** A handle exists and must survive our death. */
  onHandle(): void
  report(message: string): void
  /** Takes secrets out of what a program printed or a plugin said. */
  mask(text: string): string
}

/** One start of a surface, from `operate` to `terminate`. */
export class Generation {
  readonly definition: Definition
  readonly number: number
  readonly logOffset: number
  handle: Handle | undefined
  readonly #ports: GenerationPorts
  readonly #controller = new AbortController()
  readonly run: Run
  #operating: Promise<unknown> = Promise.resolve()
  #maintaining: NodeJS.Timeout | undefined
  #isOver = false

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
      stopGraceMs: definition.policy.stopGraceMs,
    }
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
    this.#operating = this.#guard(this.#start())
  }

  /** Takes over what an earlier supervisor started, and waits on where it is not ready yet. */
  adopt(handle: Handle, isReady: boolean): void {
    this.handle = handle
    this.#watch(handle)
    if (!isReady) this.#operating = this.#guard(this.#becomeReady(handle))
  }

  /** Ends it, however far it came, and says so with `terminated`. */
  async terminate(): Promise<void> {
    this.#controller.abort()
    clearInterval(this.#maintaining)
    await Promise.race([this.#operating, pause(this.run.stopGraceMs, undefined, { ref: false })])
    this.#isOver = true
    try {
      if (this.handle) await this.definition.surface.terminate(this.handle, this.run)
      this.#ports.dispatch({ type: 'terminated', generation: this.number })
    } catch (thrown) {
      this.#ports.report(`Cannot stop ${this.#ports.key}: ${messageOf(thrown)}`)
    }
  }

  /** Looks at requirements and health again, because the time to live is over. */
  async evaluate(check: (requirement: Requirement) => Promise<string | undefined>): Promise<void> {
    const limit = this.definition.policy.startTimeoutMs
    const problem = await inTime(this.#findProblem(check), limit).catch(messageOf)
    this.#ports.dispatch({ type: 'evaluated', generation: this.number, problem })
  }

  /** Begins the regular looks of a surface that asked for them. */
  startMaintenance(): void {
    const every = this.definition.surface.maintainEveryMs
    if (every === undefined || this.run.signal.aborted) return
    clearInterval(this.#maintaining)
    let busy = false
    this.#maintaining = setInterval(() => {
      if (busy) return
      busy = true
      void this.#maintain().finally(() => {
        busy = false
      })
    }, every)
  }

  async #start(): Promise<void> {
    const { surface } = this.definition
    await surface.init?.(this.run)
    this.run.signal.throwIfAborted()
    const handle = await surface.operate(this.run)
    // Nobody waited for it any longer, so nobody else would end it.
    if (this.#isOver) return await surface.terminate(handle, this.run)
    this.handle = handle
    this.#ports.onHandle()
    this.#watch(handle)
    await this.#becomeReady(handle)
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

  async #maintain(): Promise<void> {
    if (!this.handle) return
    try {
      const action = await this.definition.surface.maintain?.(this.handle, this.run)
      if (action) this.#ports.dispatch({ type: 'maintained', generation: this.number, action })
    } catch (thrown) {
      this.#ports.report(`Cannot look at ${this.#ports.key}: ${messageOf(thrown)}`)
    }
  }

  async #findProblem(
    check: (requirement: Requirement) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const { surface } = this.definition
    // Its own ports are taken by itself.
    const lasting = surface.requirements().filter((requirement) => requirement.kind !== 'port')
    for (const requirement of lasting) {
      const missing = await check(requirement)
      if (missing !== undefined) return missing
    }
    if (!this.handle || !surface.maintain) return undefined
    const verdict = await surface.maintain(this.handle, this.run)
    return verdict.action === 'none' ? undefined : verdict.reason
  }
}
