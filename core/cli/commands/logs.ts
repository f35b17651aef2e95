import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { B00tError } from '../../error.ts'
import { logSize, readRange, tailLog } from '../../process/log-file.ts'
import { askSupervisor } from '../../supervisor/client.ts'
import { logFileOf } from '../../supervisor/home.ts'
import type { SurfaceStatus } from '../../supervisor/status.ts'
import type { CommandRun, Context } from '../context.ts'

const LOOK_EVERY_MS = 100

/** The last lines of a surface's log, and with `--follow` whatever comes. */
export const logs: CommandRun = async (context, [name = ''], { follow, lines }) => {
  const file = await findLog(context, name)
  const size = logSize(file)
  const tail = tailLog(file, readCount(lines))
  if (context.json && follow !== true) context.terminal.printJson(tail)
  else for (const line of tail) context.terminal.print(context.json ? JSON.stringify(line) : line)
  if (follow === true) await followLog(context, file, size)
  return 0
}

/** A surface that has never run has no log; its key may be given instead of its name. */
async function findLog({ home }: Context, name: string): Promise<string> {
  const direct = logFileOf(home, name)
  if (existsSync(direct)) return direct
  const { surfaces } = await askSupervisor<{ surfaces: SurfaceStatus[] }>(home, {
    path: '/v1/status',
  })
  const found = surfaces.find((surface) => surface.name === name || surface.key === name)
  if (!found) throw new B00tError('DATUM_NOT_FOUND', `There is no surface "${name}"`)
  const file = logFileOf(home, found.key)
  if (existsSync(file)) return file
  throw new B00tError('DATUM_NOT_FOUND', `There is no log of "${name}": it has not run yet`)
}

function readCount(lines: unknown): number {
  const count = Number(lines)
  if (Number.isInteger(count) && count >= 0) return count
  throw new B00tError('USAGE', `Cannot show "${lines}" lines: expected a whole number, 0 or more`)
}

/** Reads the file, not the supervisor: it costs that nothing, and works when it is gone. */
async function followLog(context: Context, file: string, from: number): Promise<void> {
  const write = context.json ? writeAsJson() : (text: string) => void process.stdout.write(text)
  let offset = from
  while (!context.signal.aborted) {
    const size = logSize(file)
    if (size < offset) offset = 0
    if (size > offset) write(readRange(file, offset, size))
    offset = size
    await pause(LOOK_EVERY_MS, undefined, { signal: context.signal }).catch(() => undefined)
  }
}

/** Prints each whole line as a JSON string; the rest waits for its end. */
function writeAsJson(): (text: string) => void {
  let rest = ''
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) process.stdout.write(`${JSON.stringify(line)}\n`)
  }
}
