// A model server that answers from memory, run in a process of its own. Sends its port to whoever started it.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { CHAT_BODY, MODELS_BODY, STREAM_EVENTS } from './canned.ts'

const JSON_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length:'
const CHAT_ANSWER = Buffer.concat([
  Buffer.from(`${JSON_HEAD} ${CHAT_BODY.length}\r\n\r\n`),
  CHAT_BODY,
])
const MODELS_ANSWER = Buffer.concat([
  Buffer.from(`${JSON_HEAD} ${MODELS_BODY.length}\r\n\r\n`),
  MODELS_BODY,
])
// The last header asks nginx to pass chunks on as they come.
const STREAM_HEAD = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nx-accel-buffering: no\r\n\r\n',
)
const STREAM_CHUNKS = STREAM_EVENTS.map((event) =>
  Buffer.concat([Buffer.from(`${event.length.toString(16)}\r\n`), event, Buffer.from('\r\n')]),
)
const STREAM_END = Buffer.from('0\r\n\r\n')

const server = createServer({ noDelay: true }, serve)
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit(0))

function serve(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    for (let size = requestSize(rest); size > 0; size = requestSize(rest)) {
      answer(socket, rest.subarray(0, size))
      rest = rest.subarray(size)
    }
  })
}

/** Length of the first request in these bytes; 0 while it is not complete. */
function requestSize(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const length = /content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1] ?? 0
  const size = end + 4 + Number(length)
  return bytes.length < size ? 0 : size
}

function answer(socket: Socket, request: Buffer): void {
  if (request[0] === 'G'.charCodeAt(0)) socket.write(MODELS_ANSWER)
  else if (request.includes('"stream":true')) sendStream(socket)
  else socket.write(CHAT_ANSWER)
}

/** One write per turn of the event loop, so that chunks leave one by one and as fast as they can. */
function sendStream(socket: Socket): void {
  let next = 0
  socket.write(STREAM_HEAD)
  const step = () => {
    if (socket.destroyed) return
    const chunk = STREAM_CHUNKS[next++]
    socket.write(chunk ?? STREAM_END)
    if (chunk !== undefined) setImmediate(step)
  }
  step()
}
