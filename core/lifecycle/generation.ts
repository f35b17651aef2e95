import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '../error.ts'
import type { GovernancePolicy } from '../governance/policy.ts'
import { lastLogLine, logSize } from '../process/log-file.ts'
import type { Endpoint, Handle, ProcessSurface, Run } from '../surface/contract.ts'
import type { Requirement } from '../surface/requirement.ts'
import type { LifecycleEvent } from './state.ts'

/** What a surface is and the rules it runs under, made from a datum. */
export interface Definition {
  readonly surface: ProcessSurface
  readonly policy: GovernancePolicy
  /** Keys or names that must be ready first. */
  readonly dependsOn: readonly string[]
  /** Hash of the datum; another hash means another definition. */
  readonly hash: string
}

/** What a generation needs from the runner it belongs to. */
export interface GenerationPorts {
  readonly key: string
  readonly logFile: string
  dispatch(event: LifecycleEvent): void
  /** A handle exists and must survive our death. */
  onHandle(): void
  report(message: string): void
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

  constructor(definition: Definition, number: number, ports: GenerationPorts) {
    this.definition = definition
    this.number = number
    this.#ports = ports
    this.logOffset = logSize(ports.logFile)
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
    this.#operating = this.#start().catch((thrown) => {
      if (this.run.signal.aborted) return
      this.#ports.dispatch({
        type: 'start_failed',
        generation: this.number,
        reason: messageOf(thrown),
      })
    })
  }

  /** Takes over what an earlier supervisor started. */
  adopt(handle: Handle): void {
    this.handle = handle
    this.#watch(handle)
  }

  /** Ends it, however far it came, and says so with `terminated`. */
  async terminate(): Promise<void> {
    this.#controller.abort()
    clearInterval(this.#maintaining)
    await Promise.race([this.#operating, pause(this.run.stopGraceMs, undefined, { ref: false })])
    try {
      if (this.handle) await this.definition.surface.terminate(this.handle, this.run)
      this.#ports.dispatch({ type: 'terminated', generation: this.number })
    } catch (thrown) {
      this.#ports.report(`Cannot stop ${this.#ports.key}: ${messageOf(thrown)}`)
    }
  }

  /** Looks at requirements and health again, because the time to live is over. */
  async evaluate(check: (requirement: Requirement) => Promise<string | undefined>): Promise<void> {
    const problem = await this.#findProblem(check).catch(messageOf)
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
    this.handle = await surface.operate(this.run)
    this.#ports.onHandle()
    this.#watch(this.handle)
    this.run.signal.throwIfAborted()
    await surface.ready?.(this.handle, this.run)
    this.run.signal.throwIfAborted()
    this.#ports.dispatch({ type: 'ready', generation: this.number })
  }

  #watch(handle: Handle): void {
    const { surface } = this.definition
    surface.exited?.(handle, this.run).then(
      (exit) => {
        const lastLine = lastLogLine(this.#ports.logFile, this.logOffset)
        this.#ports.dispatch({
          type: 'exited',
          generation: this.number,
          exit,
          expected: surface.endsByItself ?? false,
          ...(lastLine ? { lastLine } : {}),
        })
      },
      () => undefined, // The watch was aborted because the surface is being stopped.
    )
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
