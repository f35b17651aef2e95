import type { ErrorObject } from 'ajv/dist/2020.js'
import { isTable } from './toml.ts'

/**
 * Leaves one report per wrong value where ajv gives one for each branch of `anyOf`, `oneOf` and `if`.
 *
 * If the value has the right shape for a single branch, that branch's own errors say most and are kept;
 * otherwise only the error of the choice itself stays.
 */
export function collapseBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  let kept: ErrorObject[] = []
  for (const error of errors) {
    if (error.keyword === 'if' || error.keyword === 'propertyNames') continue
    if (error.keyword !== 'anyOf' && error.keyword !== 'oneOf') {
      kept.push(error)
      continue
    }
    const inside = trailingBranchErrors(kept, error)
    kept = kept.slice(0, kept.length - inside.length)
    const best = likeliestBranch(inside, error)
    kept.push(...(best.length > 0 ? best : [error]))
  }
  return kept
}

/** The errors directly before a choice that came from its branches; ajv reports those first. */
function trailingBranchErrors(before: readonly ErrorObject[], choice: ErrorObject): ErrorObject[] {
  const parent = choice.schemaPath.slice(0, -choice.keyword.length)
  const isInside = (error: ErrorObject) =>
    isUnder(error.instancePath, choice.instancePath) &&
    (!error.schemaPath.startsWith(parent) || error.schemaPath.startsWith(`${choice.schemaPath}/`))
  const first = before.findLastIndex((error) => !isInside(error)) + 1
  return before.slice(first)
}

function isUnder(pointer: string, base: string): boolean {
  return pointer === base || pointer.startsWith(`${base}/`)
}

function likeliestBranch(inside: readonly ErrorObject[], choice: ErrorObject): ErrorObject[] {
  const branches: unknown[] = Array.isArray(choice.schema) ? choice.schema : []
  const groups = branches.map((branch, index) =>
    inside.filter((error) => isOfBranch(error, choice, { branch, index })),
  )
  const ofKind = groups.filter((group) => group.length > 0 && !group.some(isAbout(choice, KIND)))
  const complete = ofKind.filter((group) => !group.some(isAbout(choice, ['required'])))
  const fitting = ofKind.length === 1 ? ofKind : complete
  return fitting.length === 1 ? (fitting[0] ?? []) : []
}

/** Keywords that fail when a value is of another kind than the branch is about. */
const KIND: readonly string[] = ['type', 'const', 'enum']

/** Whether an error is one of these keywords for the value itself, or for the key that tells branches apart. */
function isAbout(
  choice: ErrorObject,
  keywords: readonly string[],
): (error: ErrorObject) => boolean {
  return ({ instancePath, keyword }) => {
    const below = instancePath.slice(choice.instancePath.length).split('/').length - 1
    if (keyword === 'const') return below <= 1 && keywords.includes(keyword)
    return below === 0 && keywords.includes(keyword)
  }
}

function isOfBranch(
  error: ErrorObject,
  choice: ErrorObject,
  { branch, index }: { branch: unknown; index: number },
): boolean {
  if (error.schemaPath.startsWith(`${choice.schemaPath}/${index}/`)) return true
  const reference = isTable(branch) ? branch.$ref : undefined
  return typeof reference === 'string' && error.schemaPath.startsWith(`${reference}/`)
}
