import type { ServerResponse } from 'node:http'

/** Larger chunks are not worth the copy. */
const COPIED_BYTES = 16 * 1024
const LAST_CHUNK = '0\r\n\r\n'
const LINE_END = Buffer.from('\r\n')

/** Writes body bytes of one response; `write` says whether the client keeps up, as streams do. */
export interface BodyWriter {
  write(chunk: Buffer): boolean
  end(text?: string): void
}

/** Leaves the framing to Node. */
export function plainBody(response: ServerResponse): BodyWriter {
  return {
    write: (chunk) => response.write(chunk),
    end: (text) => void response.end(text),
  }
}

/**
 * Frames chunks itself, size and bytes in one piece; Node hands three to the system.
 *
 * The head must announce `transfer-encoding: chunked` and must have been made with `writeHead`.
 */
export function framedBody(response: ServerResponse): BodyWriter {
  // The head is made; from here on Node would frame what is framed already.
  response.chunkedEncoding = false
  return {
    write(chunk) {
      if (chunk.length <= COPIED_BYTES) return response.write(frame(chunk))
      response.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
      response.write(chunk)
      return response.write(LINE_END)
    },
    end(text) {
      if (text !== undefined && text !== '') response.write(frame(Buffer.from(text)))
      response.end(LAST_CHUNK, 'latin1')
    },
  }
}

function frame(chunk: Buffer): Buffer {
  const size = `${chunk.length.toString(16)}\r\n`
  const framed = Buffer.allocUnsafe(size.length + chunk.length + 2)
  framed.latin1Write(size, 0)
  chunk.copy(framed, size.length)
  framed[framed.length - 2] = 0x0d
  framed[framed.length - 1] = 0x0a
  return framed
}
