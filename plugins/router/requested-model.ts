import { readForm } from './model-form.ts'
import { scanJson } from './model-scan.ts'

/** One request as far as its model is concerned. */
export interface ModelQuestion {
  readonly method: string
  /** Path below `/v1/`, as sent, without the query. */
  readonly route: string
  /** Query without its question mark. */
  readonly query: string
  /** Several headers of this name joined by commas. */
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly body: Buffer | undefined
}

/** What a request says about its model. */
export interface RequestedModel {
  /** The one a backend would act on. */
  readonly model?: string
  /**
   * Every model named anywhere, also under `Model` and the like, which some backends take for `model`; null
   * where it is not a text. A key's scope must allow all of them.
   */
  readonly named: readonly (string | null)[]
  /** `unsure`: backends may read another model out of the body than the one named here. */
  readonly problem?: 'invalid_json' | 'not_an_object' | 'not_a_string' | 'unsure'
}

/** Paths below `/v1/` that cannot be served without a model. */
const MODEL_ROUTES: ReadonlySet<string> = new Set(['chat/completions', 'completions', 'embeddings'])
/** Paths below `/v1/` whose body is JSON, whatever its content type says. */
const JSON_ROUTES: ReadonlySet<string> = new Set([...MODEL_ROUTES, 'responses', 'messages'])
/** No form without files is larger. */
const FIELDS_BYTES = 1024 * 1024

/** Whether a request must name a model. */
export function needsModel(method: string, route: string): boolean {
  return method === 'POST' && MODEL_ROUTES.has(plainRoute(route))
}

/** Reads the model of a request from its JSON body or form fields, path and query, in this order of weight. */
export function readModel(question: ModelQuestion): RequestedModel {
  const inBody = readBody(question)
  const inPath = modelOfPath(question.route)
  const inQuery = readFields(question.query)
  const named = [...inBody.named, ...inPath, ...inQuery.named]
  const model = [inBody.model, inPath.at(-1), inQuery.model].find(Boolean)
  const read = { ...inBody, named, ...(model ? { model } : {}) }
  const isOnlyInQuery = named.length === inQuery.named.length
  // Most backends ignore such a query and serve the model they like best.
  return isOnlyInQuery && hasBytes(question) ? { problem: 'unsure', ...read } : read
}

function plainRoute(route: string): string {
  return route.replace(/\/$/, '')
}

function hasBytes({ body }: ModelQuestion): boolean {
  return body !== undefined && body.length > 0
}

/** A compressed body is not looked into. */
function readBody(question: ModelQuestion): RequestedModel {
  const { route, body, contentType = '', contentEncoding = 'identity' } = question
  if (body === undefined || body.length === 0) return { named: [] }
  if (contentEncoding !== 'identity') return { named: [], problem: 'unsure' }
  if (JSON_ROUTES.has(plainRoute(route))) return readJson(body)
  if (/multipart\//i.test(contentType)) {
    return readForm(contentType, body) ?? { named: [], problem: 'unsure' }
  }
  return /form-urlencoded/i.test(contentType) ? readJsonOrFields(body) : readJson(body)
}

function readJson(body: Buffer): RequestedModel {
  const { valid, model, named } = scanJson(body)
  if (!valid) return { named: [], problem: startsObject(body) ? 'invalid_json' : 'not_an_object' }
  if (model === null) return { named, problem: 'not_a_string' }
  return model === undefined ? { named } : { model, named }
}

function startsObject(body: Buffer): boolean {
  return /^[ \t\r\n]*\{/.test(body.toString('latin1', 0, 1024))
}

/** The usual command line clients call every body form fields, JSON too; so both readings count. */
function readJsonOrFields(body: Buffer): RequestedModel {
  if (body.length > FIELDS_BYTES) return { named: [], problem: 'unsure' }
  const json = readJson(body)
  const fields = readFields(body.toString('latin1'))
  const named = [...json.named, ...fields.named]
  const isJson = json.problem !== 'invalid_json' && json.problem !== 'not_an_object'
  return isJson ? { ...json, named } : { ...fields, named }
}

/** The models of a query or of URL-encoded form fields. */
function readFields(text: string): RequestedModel {
  if (!/model|%/i.test(text)) return { named: [] }
  const pairs = [...new URLSearchParams(text)].filter(([name]) => /^model$/i.test(name))
  const model = pairs.findLast(([name]) => name === 'model')?.[1]
  return { named: pairs.map(([, value]) => value), ...(model === undefined ? {} : { model }) }
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
