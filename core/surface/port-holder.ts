import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const LISTEN = '0A'

/**
 * Who listens on a TCP port of this machine, e.g. `pid 4711 (python3 -m http.server)`.
 *
 * Reads `/proc`; another user's process can be seen, but not named, without root.
 *
 * @returns `undefined` where nobody is found or the system has no `/proc`
 */
export function describePortHolder(port: number): string | undefined {
  const sockets = listeningSockets(port)
  if (sockets.size === 0) return undefined
  const pid = numericEntries('/proc').find((candidate) => holdsAny(candidate, sockets))
  return pid === undefined ? 'a process of another user' : `pid ${pid} (${commandLine(pid)})`
}

function listeningSockets(port: number): Set<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readText(file).split('\n').slice(1),
  )
  const inodes = rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && fields[1]?.endsWith(`:${wanted}`))
    .map((fields) => `socket:[${fields[9]}]`)
  return new Set(inodes)
}

function holdsAny(pid: number, sockets: ReadonlySet<string>): boolean {
  return numericEntries(`/proc/${pid}/fd`).some((fd) => {
    try {
      return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`))
    } catch {
      return false // Closed in the meantime.
    }
  })
}

function numericEntries(folder: string): number[] {
  try {
    return readdirSync(folder)
      .map(Number)
      .filter((entry) => Number.isInteger(entry))
  } catch {
    return [] // Not ours to read, or gone.
  }
}

/** Words of the command line, at most 80 characters: later arguments may hold secrets. */
function commandLine(pid: number): string {
  const words = readText(`/proc/${pid}/cmdline`).split('\0').filter(Boolean)
  const text = words.slice(0, 4).join(' ')
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
