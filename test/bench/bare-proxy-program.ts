// What people write by hand: `node:http` in front, `node:http` with an agent behind, and nothing else.
// Run as `node bare-proxy-program.ts UPSTREAM_PORT`; sends its port to whoever started it.
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

const upstreamPort = Number(process.argv[2])
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

const server = createServer((incoming, response) => {
  const { method, url: path, headers } = incoming
  const options = { host: '127.0.0.1', port: upstreamPort, method, path, headers, agent }
  const outgoing = request(options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  outgoing.on('error', () => response.destroy())
  incoming.pipe(outgoing)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit(0))
