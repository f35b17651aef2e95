import { scanJson } from './model-scan.ts'

/** One request as far as its model is concerned. */
export interface ModelQuestion {
  readonly method: string
  /** Path below `/v1/`, as sent, without the query. */
  readonly route: string
  /** Query without its question mark. */
  readonly query: string
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly body: Buffer | undefined
}

/** What a request says about its model. */
export interface RequestedModel {
  /** The one a backend would act on. */
  readonly model?: string
  /** Every model named anywhere; a key's scope must allow all of them. */
  readonly named: readonly string[]
  readonly problem?: 'invalid_json' | 'not_a_string'
}

/** Paths below `/v1/` that cannot be served without a model. */
const MODEL_ROUTES: ReadonlySet<string> = new Set(['chat/completions', 'completions', 'embeddings'])

/** Whether a request must name a model. */
export function needsModel(method: string, route: string): boolean {
  return method === 'POST' && MODEL_ROUTES.has(route.replace(/\/$/, ''))
}

/**
 * Reads the model of a request from its JSON body, form fields, path and query, in this order of weight.
 *
 * A compressed body is not looked into.
 */
export function readModel(question: ModelQuestion): RequestedModel {
  const inBody = readBody(question)
  const inPath = modelOfPath(question.route)
  const inQuery = new URLSearchParams(question.query).getAll('model')
  const named = [...inBody.named, ...inPath, ...inQuery].filter((name) => name !== '')
  const model = [inBody.model, inPath.at(-1), inQuery.at(-1)].find(Boolean)
  return { ...inBody, named, ...(model ? { model } : {}) }
}

function readBody({ body, contentType, contentEncoding }: ModelQuestion): RequestedModel {
  if (body === undefined || body.length === 0) return { named: [] }
  if (contentEncoding !== undefined && contentEncoding !== 'identity') return { named: [] }
  const boundary = /^multipart\/[^;]+;.*\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? '')
  if (boundary !== null) return readForm(body, boundary[1] ?? boundary[2] ?? '')
  const scan = scanJson(body)
  if (!scan.valid) return { named: [], problem: 'invalid_json' }
  if (scan.model === null) return { named: [], problem: 'not_a_string' }
  return scan.model === undefined ? { named: [] } : { model: scan.model, named: [scan.model] }
}

function readForm(body: Buffer, boundary: string): RequestedModel {
  const named: string[] = []
  const delimiter = Buffer.from(`--${boundary}`)
  let start = body.indexOf(delimiter)
  while (start >= 0) {
    const next = body.indexOf(delimiter, start + delimiter.length)
    if (next < 0) break
    const value = modelField(body.subarray(start + delimiter.length, next))
    if (value !== undefined) named.push(value)
    start = next
  }
  const model = named.at(-1)
  return { named, ...(model === undefined ? {} : { model }) }
}

/** The value of a form part named `model`; parts with a file name are files. */
function modelField(part: Buffer): string | undefined {
  const headEnd = part.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = part.toString('latin1', 0, headEnd)
  if (!/^content-disposition:.*[;\s]name="?model"?\s*(?:;|$)/im.test(head)) return undefined
  if (/;\s*filename\*?=/i.test(head)) return undefined
  return part.toString('utf8', headEnd + 4).replace(/\r\n$/, '')
}

/** `models/NAME` names a model too. */
function modelOfPath(route: string): readonly string[] {
  const encoded = /^models\/(.+?)\/?$/.exec(route)?.[1]
  if (encoded === undefined) return []
  try {
    return [decodeURIComponent(encoded)]
  } catch {
    return [encoded]
  }
}
