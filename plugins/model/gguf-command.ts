import { resolve } from 'node:path'
import type { GgufHead, GgufValue } from '#core'
import { B00tError, type CommandInput, type Problem } from '#core'
import { ERRORS } from './errors.ts'
import { checkModelFile, type FileProblem, type FileReport } from './gguf-check.ts'

/** `b00t gguf verify FILE`: exit code 0 for a file that can be served, 1 with all reasons otherwise. */
export async function verifyFile(input: CommandInput): Promise<number> {
  const file = resolve(input.arguments[0] ?? '')
  const { head, problems } = checkModelFile(file)
  if (input.options.json === true) {
    input.print(JSON.stringify({ file, ok: problems.length === 0, problems }))
    return problems.length === 0 ? 0 : 1
  }
  if (head === undefined || problems.length > 0) throw fileError(file, problems)
  input.print(`${file} can be served: ${head.tensors.length} tensors, ${head.fileBytes} bytes`)
  return 0
}

/** `b00t gguf inspect FILE`: what the file says about itself and what it holds. */
export async function inspectFile(input: CommandInput): Promise<number> {
  const file = resolve(input.arguments[0] ?? '')
  const { head, problems }: FileReport = checkModelFile(file)
  if (head === undefined) throw fileError(file, problems)
  if (input.options.json === true) input.print(JSON.stringify(headAsJson(file, head)))
  else input.print(describeHead(head).join('\n'))
  for (const { code, message } of problems) input.note(`${code}: ${message}`)
  return 0
}

/** One error for all problems of a file. */
export function fileError(file: string, found: readonly FileProblem[]): B00tError {
  const [first] = found
  const problems: Problem[] = found.map(({ code, message }) => ({
    severity: 'error',
    code,
    message: `Cannot serve the model file: ${message}`,
    at: { file },
    hint: ERRORS[code]?.next ?? 'Use an undamaged copy of the file.',
  }))
  return new B00tError(
    first?.code ?? 'MODEL_FILE_DAMAGED',
    `Cannot serve "${file}": ${found.map(({ message }) => message).join('; ')}`,
    { at: { file }, problems },
  )
}

function headAsJson(file: string, head: GgufHead): Record<string, unknown> {
  const { version, tensors, fileBytes } = head
  const metadata = Object.fromEntries([...head.metadata].map(([key, value]) => [key, brief(value)]))
  return { file, version, bytes: fileBytes, metadata, tensors }
}

/** Long lists are given as their length: a vocabulary may have a quarter of a million entries. */
function brief(value: GgufValue): GgufValue | { readonly entries: number } {
  return Array.isArray(value) && value.length > 16 ? { entries: value.length } : value
}

function describeHead(head: GgufHead): string[] {
  const keys = [...head.metadata].map(([key, value]) => `${key} = ${JSON.stringify(brief(value))}`)
  const tensors = head.tensors.map(
    ({ name, type, dimensions }) => `${name}  ${type}  ${dimensions.join(' × ')}`,
  )
  return [`GGUF version ${head.version}, ${head.fileBytes} bytes`, '', ...keys, '', ...tensors]
}
