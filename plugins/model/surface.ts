import { existsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  B00tError,
  type Datum,
  type Endpoint,
  type Host,
  type ProcessHandle,
  type ProcessSurface,
  processSurface,
  type Requirement,
  watchLiveness,
} from '#core'
import type { ModelTable } from './datum.gen.ts'
import { awaitHealth, isHealthy } from './health.ts'
import { type ServeOptions, writeServeOptions } from './serve-options.ts'

const SERVE = fileURLToPath(new URL('./serve.ts', import.meta.url))

/** Longest path of a unix socket, in bytes; Linux allows 108 with the zero behind it. */
const LONGEST_SOCKET_PATH = 107

/** What the engine itself takes besides the model, in bytes; 98 to 123 MB were measured. */
const ENGINE_BYTES = 128 * 1024 * 1024

/**
 * What the server process of a model datum is told.
 *
 * @throws {@link B00tError} `MODEL_NO_FILE` for a datum that only describes a model,
 * `MODEL_SOCKET_PATH` when the socket's path would be too long
 */
export function readServe(datum: Datum<Partial<ModelTable>>, home: string): ServeOptions {
  const { table } = datum
  if (!isServed(table)) {
    throw new B00tError('MODEL_NO_FILE', `Cannot serve "${datum.name}": it names no model file`, {
      at: { file: datum.file },
    })
  }
  return {
    gguf: resolve(dirname(datum.file), table.path.replace(/^~(?=\/|$)/, homedir())),
    name: datum.name,
    aliases: table.aliases ?? [],
    socket: placeSocket(datum, home),
    context: table.context,
    threads: table.threads,
    parallel: table.parallel,
    queue: table.queue,
    temperature: table.temperature,
  }
}

function isServed(table: Partial<ModelTable>): table is ModelTable {
  return typeof table.path === 'string'
}

/** Keys are unique where names are not, and an encoded one cannot lead out of the folder. */
function placeSocket(datum: Datum, home: string): string {
  const path = join(home, 'run', `model-${encodeURIComponent(datum.key)}.sock`)
  const bytes = Buffer.byteLength(path)
  if (bytes <= LONGEST_SOCKET_PATH) return path
  throw new B00tError(
    'MODEL_SOCKET_PATH',
    `Cannot serve "${datum.name}": the path of its socket has ${bytes} bytes, at most ${LONGEST_SOCKET_PATH} are possible`,
    { at: { file: datum.file } },
  )
}

/** Serves the model of a datum in a process of its own. */
export function createModelSurface(datum: Datum<ModelTable>, host: Host): ProcessSurface {
  const options = readServe(datum, host.home)
  return processSurface({
    requirements: () => listRequirements(options.gguf),
    command: () => ({
      argv: [process.execPath, SERVE, ...writeServeOptions(options)],
      details: { socketPath: options.socket },
    }),
    ready: (handle, run) => awaitHealth(socketOf(handle), run.signal),
    endpoints: (handle) => [describeEndpoint(options, socketOf(handle))],
    ...watchLiveness(async (handle: ProcessHandle, run) =>
      (await isHealthy(socketOf(handle), run.signal))
        ? undefined
        : 'it does not answer on its socket',
    ),
  })
}

function socketOf(handle: ProcessHandle): string {
  return String(handle.details.socketPath)
}

function listRequirements(path: string): Requirement[] {
  const needed: Requirement[] = [{ kind: 'path', path }]
  if (!existsSync(path)) return needed
  return [...needed, { kind: 'memory', bytes: ENGINE_BYTES + statSync(path).size }]
}

function describeEndpoint(options: ServeOptions, socketPath: string): Endpoint {
  return {
    protocol: 'openai',
    url: 'http://localhost/v1',
    socketPath,
    models: [options.name, ...options.aliases],
    tier: 'embedded',
  }
}
