import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Run } from '../surface/contract.ts'

/** For tests: a run with a log file in a folder of its own, removed with `using`. */
export interface ScratchRun extends Run, Disposable {
  /** Absolute path of the folder. */
  readonly folder: string
}

/** Makes a {@link ScratchRun}. */
export function createScratchRun(stopGraceMs: number = 1000): ScratchRun {
  const folder = mkdtempSync(join(tmpdir(), 'b00t-run-'))
  return {
    folder,
    key: 'scratch',
    generation: 1,
    signal: new AbortController().signal,
    logFile: join(folder, 'logs', 'scratch.log'),
    stopGraceMs,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
