import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Keys whose integers are TCP ports: `port`, `ports`, `ready_port`, … */
const PORT_KEY = /(^|_)ports?$/

/** Old port → new port. */
export type PortMap = ReadonlyMap<number, number>

/** The ports that stand in a table, at any depth. Pure. */
export function portsIn(value: unknown, key = ''): readonly number[] {
  if (typeof value === 'number') return PORT_KEY.test(key) && value > 0 ? [value] : []
  if (Array.isArray(value)) return value.flatMap((entry) => portsIn(entry, key))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, entry]) => portsIn(entry, name))
}

/** A copy with every port exchanged, also where it stands in a text such as an argument or a URL. Pure. */
export function replacePorts<Value>(value: Value, map: PortMap): Value {
  return exchange(value, map, '') as Value
}

function exchange(value: unknown, map: PortMap, key: string): unknown {
  if (typeof value === 'number') return PORT_KEY.test(key) ? (map.get(value) ?? value) : value
  if (typeof value === 'string') return exchangeInText(value, map)
  if (Array.isArray(value)) return value.map((entry) => exchange(entry, map, key))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([name, entry]) => [name, exchange(entry, map, name)]))
}

function exchangeInText(text: string, map: PortMap): string {
  return text.replace(/(?<![\w.-])\d{2,5}(?![\w.-])/g, (digits) =>
    String(map.get(Number(digits)) ?? digits),
  )
}

/** For each port another one that the kernel says is free. */
export async function findFreePorts(ports: readonly number[]): Promise<PortMap> {
  const servers = [...new Set(ports)].map((port) => ({ port, server: createServer() }))
  for (const { server } of servers) await once(server.listen(0, '127.0.0.1'), 'listening')
  const map = new Map(
    servers.map(({ port, server }) => [port, (server.address() as AddressInfo).port]),
  )
  await Promise.all(servers.map(({ server }) => once(server.close(), 'close')))
  return map
}
