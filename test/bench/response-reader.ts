/** Takes the bytes of one connection as they come and tells when a response is complete. */
export type ResponseReader = (bytes: Buffer) => void

const HEAD_END = '\r\n\r\n'
const LINE_END = '\r\n'

/**
 * Reads responses one after the other, of a fixed length or in chunks, and compares each body with the one expected.
 *
 * @param onResponse - called once per response; `intact` is false if the status is not 200 or a body byte differs
 * @throws Error when the bytes are not HTTP
 */
export function createResponseReader(
  expected: Buffer,
  onResponse: (intact: boolean) => void,
): ResponseReader {
  let rest: Buffer = Buffer.alloc(0)
  let step: Step = readHead
  let isChunked = false
  let isLastChunk = false
  let left = 0
  let position = 0
  let intact = true

  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    while (step()) {}
  }

  function readHead(): boolean {
    const end = rest.indexOf(HEAD_END)
    if (end < 0) return false
    const head = rest.toString('latin1', 0, end)
    rest = rest.subarray(end + HEAD_END.length)
    intact = head.startsWith('HTTP/1.1 200 ')
    position = 0
    isChunked = /^transfer-encoding: *chunked/im.test(head)
    left = Number(/^content-length: *(\d+)/im.exec(head)?.[1])
    if (!isChunked && Number.isNaN(left)) throw new Error(`no length in: ${head}`)
    step = isChunked ? readChunkSize : readBody
    return true
  }

  function readChunkSize(): boolean {
    const end = rest.indexOf(LINE_END)
    if (end < 0) return false
    left = Number.parseInt(rest.toString('latin1', 0, end), 16)
    if (Number.isNaN(left)) throw new Error('a chunk has no size')
    rest = rest.subarray(end + LINE_END.length)
    isLastChunk = left === 0
    step = isLastChunk ? readLineEnd : readBody
    return true
  }

  function readBody(): boolean {
    const size = Math.min(left, rest.length)
    intact &&= rest.compare(expected, position, position + size, 0, size) === 0
    position += size
    left -= size
    rest = rest.subarray(size)
    if (left > 0) return false
    if (isChunked) step = readLineEnd
    else finish()
    return true
  }

  /** The end of a chunk, or of the empty one that ends them all. */
  function readLineEnd(): boolean {
    if (rest.length < LINE_END.length) return false
    rest = rest.subarray(LINE_END.length)
    if (isLastChunk) finish()
    else step = readChunkSize
    return true
  }

  function finish(): void {
    step = readHead
    onResponse(intact && position === expected.length)
  }
}

type Step = () => boolean
