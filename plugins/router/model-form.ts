/** What a form says about its model. */
export interface FormModel {
  /** The last field `model`. */
  readonly model?: string
  /** Values of all parts called `model` in any letter case, files included: backends differ in what a file is. */
  readonly named: readonly string[]
}

type Parameters = readonly (readonly [name: string, value: string])[]

const HEADER_END = '\r\n\r\n'
const TOKEN = "[\\w!#$%&'*+.^`|~-]+"
const PARAMETER = new RegExp(`^[ \\t]*;[ \\t]*(${TOKEN})=(?:"([^"\\\\]*)"|(${TOKEN}))[ \\t]*`)
/** More than any model name has, so that a cut-off value is none. */
const VALUE_BYTES = 1024

/**
 * Reads the model fields of a `multipart/form-data` body.
 *
 * Backends differ in what they make of a malformed form, so only one that leaves no choice is read.
 *
 * @returns undefined where two readers could disagree
 */
export function readForm(contentType: string, body: Buffer): FormModel | undefined {
  const boundary = readBoundary(contentType)
  const fields = boundary === undefined ? undefined : splitParts(body, boundary)?.map(readPart)
  if (fields === undefined) return undefined
  let model: string | undefined
  const named = new Set<string>()
  for (const field of fields) {
    if (field === undefined) return undefined
    if (field.name.toLowerCase() !== 'model') continue
    named.add(field.value)
    if (field.name === 'model' && !field.isFile) model = field.value
  }
  return { named: [...named], ...(model === undefined ? {} : { model }) }
}

/** The boundary of a form's content type; undefined if there is none, or more than one could be meant. */
export function readBoundary(contentType: string): string | undefined {
  const parameters = readParameters(contentType, 'multipart/form-data')
  const boundary = parameters && onlyValue(parameters, 'boundary')
  return boundary && /^[!-~]([ -~]{0,68}[!-~])?$/.test(boundary) ? boundary : undefined
}

/** The parameters behind the first word of a header; undefined if that is another word, or they are malformed. */
function readParameters(header: string, word: string): Parameters | undefined {
  if (header.slice(0, word.length).toLowerCase() !== word) return undefined
  const parameters: (readonly [string, string])[] = []
  for (let rest = header.slice(word.length).trimEnd(); rest !== ''; ) {
    const found = PARAMETER.exec(rest)
    if (found === null) return undefined
    const [whole, name = '', quoted, plain = ''] = found
    parameters.push([name.toLowerCase(), quoted ?? plain])
    rest = rest.slice(whole.length)
  }
  return parameters
}

/** A parameter's value if it is there once; `name*` and `name*0` are other spellings of it, which not all read. */
function onlyValue(parameters: Parameters, name: string): string | undefined {
  const alike = parameters.filter(([other]) => other === name || other.startsWith(`${name}*`))
  const [first] = alike
  return alike.length === 1 && first?.[0] === name ? first[1] : undefined
}

/** The bytes between the delimiters, from the first byte of the body to its last. */
function splitParts(body: Buffer, boundary: string): readonly Buffer[] | undefined {
  const delimiter = `\r\n--${boundary}`
  const first = `${delimiter.slice(2)}\r\n`
  if (body.toString('latin1', 0, first.length) !== first) return undefined
  const parts: Buffer[] = []
  for (let start = first.length; ; ) {
    const end = body.indexOf(delimiter, start, 'latin1')
    if (end < 0) return undefined
    parts.push(body.subarray(start, end))
    start = end + delimiter.length + 2
    const tail = body.toString('latin1', start - 2, start)
    if (tail === '--') return isEnd(body.subarray(start)) ? parts : undefined
    if (tail !== '\r\n') return undefined
  }
}

function isEnd(rest: Buffer): boolean {
  return rest.length === 0 || (rest.length === 2 && rest.toString('latin1') === '\r\n')
}

interface Part {
  readonly name: string
  readonly isFile: boolean
  /** At most {@link VALUE_BYTES} of it. */
  readonly value: string
}

function readPart(part: Buffer): Part | undefined {
  const headEnd = part.indexOf(HEADER_END)
  if (headEnd < 0) return undefined
  const headers = readHeaders(part.toString('latin1', 0, headEnd))
  const disposition = headers?.get('content-disposition')
  // Some decode a value that is encoded, some do not.
  const encoding = headers?.get('content-transfer-encoding') ?? 'binary'
  if (disposition === undefined || !/^(?:binary|[78]bit)$/i.test(encoding)) return undefined
  const parameters = readParameters(disposition, 'form-data')
  const name = parameters && onlyValue(parameters, 'name')
  if (name === undefined) return undefined
  const start = headEnd + HEADER_END.length
  return {
    name,
    isFile: parameters?.some(([other]) => other.startsWith('filename')) === true,
    value: part.toString('utf8', start, start + VALUE_BYTES),
  }
}

/** The headers of a part by lower-case name; undefined if one is there twice, folded or malformed. */
function readHeaders(text: string): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const [, name, value = ''] = /^([\w-]+):[ \t]*([^\r\n\0]*)$/.exec(line) ?? []
    if (name === undefined || headers.has(name.toLowerCase())) return undefined
    headers.set(name.toLowerCase(), value.trimEnd())
  }
  return headers
}
