import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { describePortHolder } from './port-holder.ts'

/** A checkable need of a surface. */
export type Requirement =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'binary'; readonly name: string }
  | { readonly kind: 'port'; readonly port: number; readonly host?: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'surface'; readonly name: string }
  | { readonly kind: 'memory'; readonly bytes: number }

/** What is asked of the machine; `surface` requirements are the supervisor's to answer. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether the surface of this key or name is ready. */
  isReady(name: string): boolean
}

/** Requirements that a running surface does not meet because of itself: it holds what they ask for. */
const HELD_BY_ITSELF: readonly Requirement['kind'][] = ['port', 'memory']

/** The requirements that must hold on while a surface runs, and before it is replaced by a newer one. */
export function lastingRequirements(requirements: readonly Requirement[]): readonly Requirement[] {
  return requirements.filter(({ kind }) => !HELD_BY_ITSELF.includes(kind))
}

/**
 * Checks one requirement without changing anything.
 *
 * @returns what is missing, as a sentence without a period; `undefined` when it is met
 */
export async function checkRequirement(
  requirement: Requirement,
  world: World,
): Promise<string | undefined> {
  switch (requirement.kind) {
    case 'path':
      return existsSync(requirement.path) ? undefined : `path ${requirement.path} does not exist`
    case 'binary':
      return findBinary(requirement.name, world.environment.PATH ?? '')
        ? undefined
        : `program "${requirement.name}" is not on PATH`
    case 'port':
      return await checkPort(requirement.port, requirement.host ?? '0.0.0.0')
    case 'env':
      return world.environment[requirement.name]?.trim()
        ? undefined
        : `environment variable ${requirement.name} is not set`
    case 'surface':
      return world.isReady(requirement.name) ? undefined : `${requirement.name} is not running`
    case 'memory':
      return checkMemory(requirement.bytes)
  }
}

/** The file a program name leads to; a name with a slash is taken as a path. */
export function findBinary(name: string, path: string): string | undefined {
  const candidates = name.includes('/')
    ? [name]
    : path.split(delimiter).map((folder) => join(folder, name))
  return candidates.find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

function checkMemory(bytes: number): string | undefined {
  // Unlike the machine's free memory, this knows the limit of a container.
  const free = process.availableMemory()
  if (free >= bytes) return undefined
  const mebibytes = (value: number) => Math.floor(value / 2 ** 20)
  return `${mebibytes(bytes)} MiB of memory are needed, ${mebibytes(free)} MiB are free`
}

/** Binds the port for a moment: the only test that also sees what the kernel would refuse. */
async function checkPort(port: number, host: string): Promise<string | undefined> {
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer()
    server.once('error', resolve)
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
  if (!failure) return undefined
  if (failure.code !== 'EADDRINUSE') return `port ${port} cannot be used: ${failure.message}`
  return `port ${port} is taken by ${describePortHolder(port) ?? 'another program'}`
}
