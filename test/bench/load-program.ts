// Sends requests and checks the answers, in a process of its own: one order in, one report out.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { CHAT_BODY, chatRequest, STREAM_BODY } from './canned.ts'
import type { LoadOrder, LoadReport } from './load-order.ts'
import { readProcessorTime } from './machine.ts'
import { createResponseReader } from './response-reader.ts'
import { median } from './statistics.ts'

process.on('message', async (order) => process.send?.(await run(order as LoadOrder)))
process.on('disconnect', () => process.exit(0))

/** Opens the connections first, so that the window holds requests only. */
async function run(order: LoadOrder): Promise<LoadReport> {
  const sockets = await Promise.all(
    Array.from({ length: order.connections }, () => open(order.port)),
  )
  const times: number[] = []
  let altered = 0
  let broken = 0
  const processorBefore = readProcessorTime(order.pid)
  const begin = performance.now()
  const isOver = () => performance.now() - begin >= order.durationMs
  await Promise.all(
    sockets.map((socket) =>
      drive(socket, order, {
        isOver,
        onAnswer(intact, microseconds) {
          times.push(microseconds)
          if (!intact) altered++
        },
        onBreak() {
          broken++
        },
      }),
    ),
  )
  const elapsedMs = performance.now() - begin
  const processorUs = readProcessorTime(order.pid) - processorBefore
  for (const socket of sockets) socket.destroy()
  return { answers: times.length, altered, broken, elapsedMs, p50Us: median(times), processorUs }
}

interface Window {
  isOver(): boolean
  onAnswer(intact: boolean, microseconds: number): void
  onBreak(): void
}

/** Sends one request after the other until the window is over; resolves after the last answer. */
function drive(socket: Socket, order: LoadOrder, window: Window): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const request = chatRequest(`127.0.0.1:${order.port}`, order.token, order.stream)
  let sentAt = 0
  const send = () => {
    sentAt = performance.now()
    socket.write(request)
  }
  const breakOff = () => {
    window.onBreak()
    resolve()
  }
  const read = createResponseReader(order.stream ? STREAM_BODY : CHAT_BODY, (intact) => {
    window.onAnswer(intact, (performance.now() - sentAt) * 1000)
    if (window.isOver()) {
      socket.off('close', breakOff)
      resolve()
    } else send()
  })
  socket.on('data', read)
  socket.once('close', breakOff)
  send()
  return promise
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  return socket
}
