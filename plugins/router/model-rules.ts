import type { Admitted } from './gate.ts'
import { type Key, matchesGlobs } from './key.ts'
import type { Refusal } from './refusal.ts'
import { needsModel, type RequestedModel } from './requested-model.ts'
import type { Target } from './target.ts'

/** Whether a request may have the model it asks for; undefined if it may. */
export function checkModel(
  { exchange, key, target }: Admitted,
  asked: RequestedModel,
): Refusal | undefined {
  const isNeeded = needsModel(exchange.request.method ?? '', target.route)
  if (isNeeded && asked.problem === 'invalid_json') {
    return { status: 400, code: 'invalid_json', message: 'The request body is not valid JSON' }
  }
  if (isNeeded && asked.problem === 'not_an_object') {
    return { status: 400, code: 'invalid_json', message: 'The request body must be a JSON object' }
  }
  if (isNeeded && asked.model === undefined) {
    const isWrong = asked.problem === 'not_a_string'
    return {
      status: 400,
      code: isWrong ? 'invalid_type' : 'missing_required_parameter',
      message: isWrong ? 'The field "model" is not a string' : 'The field "model" is missing',
      param: 'model',
    }
  }
  return checkScope(key, target, asked)
}

/** A key limited to some models may send only requests that surely name such a model, and no other beside it. */
function checkScope(key: Key, target: Target, asked: RequestedModel): Refusal | undefined {
  if (key.models === undefined || /^models\/?$/.test(target.route)) return undefined
  const outside = asked.named.find((name) => name === null || !matchesGlobs(key.models, name))
  if (outside === undefined && asked.named.length > 0 && asked.problem === undefined) {
    return undefined
  }
  return {
    status: 403,
    code: 'model_not_allowed',
    message: outside
      ? `This API key may not use the model "${outside.slice(0, 200)}"`
      : 'This API key is limited to some models, and which one the request wants is not clear',
    param: 'model',
  }
}
