import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { accepts } from '../fixtures/accepts.ts'
import { processesOf } from './marked-processes.ts'
import type { Trial } from './trial.ts'

/** What keeps a process busy without being a process: file watches and servers. */
const RESOURCES = ['FSEventWrap', 'StatWatcher', 'TCPServerWrap', 'PipeServerWrap']

/** Everything of a trial that still lives, in words; empty once it has ended as it should. */
export async function findLeftovers({ key, ports, home }: Trial): Promise<string[]> {
  const sockets = filesBelow(home.run).filter((name) => name.endsWith('.sock'))
  const open = [
    ...ports.map((port) => ({ what: `port ${port}`, where: { port, host: '127.0.0.1' } })),
    ...sockets.map((name) => ({ what: `socket ${name}`, where: { path: join(home.run, name) } })),
  ]
  const answers = await Promise.all(open.map(({ where }) => accepts(where)))
  return [
    ...processesOf(key).map((pid) => `process ${pid}`),
    ...open.filter((_, index) => answers[index]).map(({ what }) => what),
  ]
}

/** How many file watches and servers this process itself holds. */
export async function countResources(): Promise<number> {
  // What was closed leaves the list at the end of a turn of the event loop.
  await setImmediate()
  await setImmediate()
  return process.getActiveResourcesInfo().filter((name) => RESOURCES.includes(name)).length
}

/** Names of everything below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
}
