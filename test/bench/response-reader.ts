/** Takes the bytes of one connection as they come and tells when a response is complete. */
export type ResponseReader = (bytes: Buffer) => void

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
  const input = createInput()
  let step: Step = readHead
  let head: Head = { isGood: false, length: undefined }
  let left = 0
  let isLastChunk = false
  const body = createComparison(expected)

  return (bytes) => {
    input.push(bytes)
    while (step()) {}
  }

  function readHead(): boolean {
    const text = input.takeUntil('\r\n\r\n')
    if (text === undefined) return false
    head = parseHead(text)
    body.restart()
    left = head.length ?? 0
    step = head.length === undefined ? readChunkLine : readBody
    return true
  }

  /** A size, or the empty line after a chunk; after the last chunk that line ends the body. */
  function readChunkLine(): boolean {
    const line = input.takeUntil('\r\n')
    if (line === undefined) return false
    if (line === '' && isLastChunk) return finish()
    if (line === '') return true
    left = parseChunkSize(line)
    isLastChunk = left === 0
    step = isLastChunk ? readChunkLine : readBody
    return true
  }

  function readBody(): boolean {
    const piece = input.takeUpTo(left)
    left -= piece.length
    body.take(piece)
    if (left > 0) return false
    if (head.length !== undefined) return finish()
    step = readChunkLine
    return true
  }

  function finish(): boolean {
    step = readHead
    onResponse(head.isGood && body.isComplete())
    return true
  }
}

type Step = () => boolean

interface Head {
  readonly isGood: boolean
  /** Bytes of the body; `undefined` where it comes in chunks. */
  readonly length: number | undefined
}

function parseHead(text: string): Head {
  const isGood = text.startsWith('HTTP/1.1 200 ')
  if (/^transfer-encoding: *chunked/im.test(text)) return { isGood, length: undefined }
  const length = /^content-length: *(\d+)/im.exec(text)?.[1]
  if (length === undefined) throw new Error(`the body has no length: ${text}`)
  return { isGood, length: Number(length) }
}

function parseChunkSize(line: string): number {
  const size = Number.parseInt(line, 16)
  if (Number.isNaN(size)) throw new Error(`a chunk has no size: ${line}`)
  return size
}

interface Comparison {
  restart(): void
  take(bytes: Buffer): void
  /** Whether everything expected came, and nothing else. */
  isComplete(): boolean
}

function createComparison(expected: Buffer): Comparison {
  let position = 0
  let isEqual = true
  return {
    restart() {
      position = 0
      isEqual = true
    },
    take(bytes) {
      isEqual &&= expected.subarray(position, position + bytes.length).equals(bytes)
      position += bytes.length
    },
    isComplete: () => isEqual && position === expected.length,
  }
}

interface Input {
  push(bytes: Buffer): void
  /** The text up to a mark, which is skipped; `undefined` while the mark has not come. */
  takeUntil(mark: string): string | undefined
  /** At most so many bytes of what is there. */
  takeUpTo(count: number): Buffer
}

function createInput(): Input {
  let rest: Buffer = Buffer.alloc(0)
  return {
    push(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    },
    takeUntil(mark) {
      const at = rest.indexOf(mark)
      if (at < 0) return undefined
      const text = rest.toString('latin1', 0, at)
      rest = rest.subarray(at + mark.length)
      return text
    },
    takeUpTo(count) {
      const piece = rest.subarray(0, count)
      rest = rest.subarray(piece.length)
      return piece
    },
  }
}
