import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { accepts } from '../fixtures/accepts.ts'
import { startRouterProcess, until } from '../fixtures/router-process.ts'
import { leanEnvironment, makeScratch } from './scratch-home.ts'

/** Something that answers chat requests on a port of 127.0.0.1. */
export interface Target {
  readonly name: string
  readonly port: number
  readonly pid: number
}

/** Everything that a router bench talks to. */
export interface Targets extends AsyncDisposable {
  /** The upstream itself, without anything between. */
  readonly direct: Target
  /** The proxies, nginx first where there is one. */
  readonly proxies: readonly Target[]
  readonly load: ChildProcess
  /** A key of the router's; the others do not look at it. */
  readonly token: string
  /** Why there is no nginx; `undefined` if there is one. */
  readonly nginxMissing: string | undefined
}

export const DIRECT = 'direct'
/** Also the name of the program. */
export const NGINX = 'nginx'
export const BARE = 'bare node:http'
export const ROUTER = 'b00t router'

/** Starts the upstream, the proxies before it and the load program, each a process of its own. */
export async function startTargets(): Promise<Targets> {
  await using stack = new AsyncDisposableStack()
  const start = async (name: string, program: string, args: readonly string[] = []) => {
    const { child, port } = await startProgram(program, args)
    stack.defer(() => end(child))
    return { name, port, pid: child.pid ?? 0 }
  }
  const direct = await start(DIRECT, 'upstream-program.ts')
  const bare = await start(BARE, 'bare-proxy-program.ts', [String(direct.port)])
  const router = stack.use(
    await startRouterProcess({
      soul: `[soul]\n\n[[backends.local]]\nname = "canned"\nport = ${direct.port}\n`,
    }),
  )
  const nginx = await startNginx(direct.port, stack)
  const load = fork(join(import.meta.dirname, 'load-program.ts'), { env: leanEnvironment() })
  stack.defer(() => end(load))
  const moved = stack.move()
  return {
    direct,
    proxies: [
      ...(typeof nginx === 'string' ? [] : [nginx]),
      bare,
      { name: ROUTER, port: Number(new URL(router.url).port), pid: router.pid },
    ],
    load,
    token: router.token,
    nginxMissing: typeof nginx === 'string' ? nginx : undefined,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  }
}

async function startProgram(
  program: string,
  args: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = fork(join(import.meta.dirname, program), args, { env: leanEnvironment() })
  const [port] = await once(child, 'message')
  return { child, port: Number(port) }
}

/** Starts nginx as one process, or says why not. */
async function startNginx(upstream: number, stack: AsyncDisposableStack): Promise<Target | string> {
  const environment = leanEnvironment({ PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` })
  if (spawnSync(NGINX, ['-v'], { env: environment }).status !== 0) return 'it is not installed'
  const { path } = stack.use(await makeScratch())
  const port = await freePort()
  await writeFile(join(path, 'nginx.conf'), nginxSettings(path, port, upstream))
  const child = spawn(NGINX, ['-p', path, '-c', 'nginx.conf', '-e', 'stderr'], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  stack.defer(() => end(child))
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  await until(async () => child.exitCode !== null || (await accepts({ port, host: '127.0.0.1' })))
  if (child.exitCode !== null) return `it does not start: ${complaint.trim().split('\n')[0]}`
  return { name: NGINX, port, pid: child.pid ?? 0 }
}

function nginxSettings(folder: string, port: number, upstream: number): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  ${kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  keepalive_requests 1000000000;
  client_body_buffer_size 64k;
  upstream models {
    server 127.0.0.1:${upstream};
    keepalive 128;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://models;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
