import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Agent, fetch } from 'undici'

/** The model that this project ships. */
export const SM0L: string = fileURLToPath(new URL('../../datums/sm0l/sm0l.gguf', import.meta.url))

const SERVE = fileURLToPath(new URL('./serve.ts', import.meta.url))

/** A server process that answers, for tests; ended when it goes out of scope. */
export interface RunningServer extends AsyncDisposable {
  readonly process: ChildProcess
  readonly socket: string
  /** Like the global fetch, over the server's socket. */
  fetch(path: string, body?: unknown): Promise<Response>
}

/** What a server process said and how it ended. */
export interface EndedServer {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Makes an empty folder; removed when it goes out of scope. */
export function makeFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'model-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

function launch(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [SERVE, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Starts the server with sm0l and waits until it says that it is ready. */
export async function startServer(...words: readonly string[]): Promise<RunningServer> {
  const folder = makeFolder()
  const socket = join(folder.path, 'run', 'sm0l.sock')
  const common = [`--gguf=${SM0L}`, '--name=sm0l', `--socket=${socket}`, '--temperature=0']
  const child = launch([...common, ...words])
  const said = collect(child)
  const ended = once(child, 'exit')
  await Promise.race([child.stdout && once(child.stdout, 'data'), ended])
  if (child.exitCode !== null) throw new Error(said.stderr)
  const agent = new Agent({ connect: { socketPath: socket } })
  return {
    process: child,
    socket,
    fetch: (path, body) => call(agent, path, body),
    [Symbol.asyncDispose]: async () => {
      await agent.destroy()
      child.kill('SIGKILL')
      await ended
      folder[Symbol.dispose]()
    },
  }
}

async function call(dispatcher: Agent, path: string, body: unknown): Promise<Response> {
  const url = `http://localhost${path}`
  if (body === undefined) return (await fetch(url, { dispatcher })) as unknown as Response
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return (await fetch(url, { dispatcher, method: 'POST', body: text })) as unknown as Response
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const said = { stdout: '', stderr: '' }
  child.stdout?.on('data', (part) => {
    said.stdout += part
  })
  child.stderr?.on('data', (part) => {
    said.stderr += part
  })
  return said
}

/** Runs the server until it ends by itself. */
export async function runServer(...words: readonly string[]): Promise<EndedServer> {
  const child = launch(words)
  const said = collect(child)
  const [code] = await once(child, 'close')
  return { code, ...said }
}

/** Sends a chat request and hangs up as soon as the first bytes of the answer are there. */
export async function hangUpAfterFirstBytes(socketPath: string, body: object): Promise<void> {
  const sent = request({ socketPath, path: '/v1/chat/completions', method: 'POST' })
  sent.end(JSON.stringify(body))
  const [response] = await once(sent, 'response')
  await once(response, 'data')
  sent.on('error', () => undefined) // What the server does with a client that has gone is its own affair.
  sent.destroy()
}

/** Sends a body of the given length in parts, without saying its length before. */
export async function sendInParts(socketPath: string, mebibytes: number): Promise<number> {
  const sent = request({ socketPath, path: '/v1/chat/completions', method: 'POST' })
  const answered = once(sent, 'response')
  for (let part = 0; part < mebibytes; part += 1) sent.write(Buffer.alloc(1024 * 1024, ' '))
  sent.end()
  const [response] = await answered
  sent.on('error', () => undefined) // The rest of the body may still be on its way when the server ends.
  response.resume()
  return response.statusCode
}
