import { BlockList, isIP, type Socket } from 'node:net'

const LOOPBACK: BlockList = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Whether an address is this machine's own loopback. */
function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '')
  const family = isIP(plain)
  return family !== 0 && LOOPBACK.check(plain, family === 6 ? 'ipv6' : 'ipv4')
}

type Connection = Partial<Pick<Socket, 'remoteAddress' | 'localAddress'>>

/** Whether a connection comes from this machine: over loopback, or from the very address that it goes to. */
export function isThisMachine({ remoteAddress, localAddress }: Connection): boolean {
  if (remoteAddress === undefined) return false
  return isLoopback(remoteAddress) || remoteAddress === localAddress
}

/** Decides whether a `Host` header is meant for us; a web page that rebinds its name to our address is not. */
export type HostCheck = (host: string | undefined) => boolean

/**
 * Makes the check for the address the server listens on.
 *
 * Loopback names and the configured names pass. On a wildcard address any literal address passes as well:
 * rebinding needs a name.
 */
export function createHostCheck(listenHost: string, names: readonly string[]): HostCheck {
  const known = new Set(['localhost', listenHost, ...names].map((name) => name.toLowerCase()))
  const wildcard = listenHost === '0.0.0.0' || listenHost === '::'
  return (host) => {
    const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host ?? '')
    const plain = (name?.[1] ?? name?.[2] ?? '').toLowerCase()
    if (known.has(plain) || isLoopback(plain)) return true
    return wildcard && isIP(plain) !== 0
  }
}
