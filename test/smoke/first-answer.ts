// Runs `npm start` like a new user, with a state folder of its own, and asks it with the official client.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'

const PATIENCE_MS = 90_000
const home = mkdtempSync(join(tmpdir(), 'b00t-smoke-'))
const begin = performance.now()
const npm = spawn('npm', ['start'], {
  env: { ...process.env, B00T_HOME: home },
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
})

try {
  const { url, key, curl } = await readWelcome(npm)
  const client = new OpenAI({ apiKey: key, baseURL: url })
  await answerOnce(client)
  say(`first answer after ${((performance.now() - begin) / 1000).toFixed(1)} s`)
  await answerStreamed(client)
  await embed(client)
  await listModels(client)
  await pasteCurl(curl)
} finally {
  interrupt(npm)
  await new Promise((resolve) => npm.once('exit', resolve))
  rmSync(home, { recursive: true, force: true })
}

interface Welcome {
  readonly url: string
  readonly key: string
  readonly curl: string
}

async function readWelcome(child: ChildProcess): Promise<Welcome> {
  let text = ''
  const limit = setTimeout(() => interrupt(child), PATIENCE_MS)
  for await (const chunk of child.stdout ?? []) {
    text += chunk
    const url = /Router: (\S+)/.exec(text)?.[1]
    const key = /(b00t-sk-[0-9a-f]{32})/.exec(text)?.[1]
    const curl = /^ *(curl .*)\n/m.exec(text)?.[1]
    if (!url || !key || !curl) continue
    clearTimeout(limit)
    return { url, key, curl }
  }
  throw new Error(`npm start printed no address and key:\n${text}`)
}

async function answerOnce(client: OpenAI): Promise<void> {
  const completion = await client.chat.completions.create({
    model: 'sm0l',
    messages: [{ role: 'user', content: 'What is b00t?' }],
  })
  const [choice] = completion.choices
  check(choice?.finish_reason === 'stop' && /b00t/.test(choice.message.content ?? ''), 'chat')
  say(`chat: ${choice?.message.content}`)
}

async function answerStreamed(client: OpenAI): Promise<void> {
  const stream = await client.chat.completions.create({
    model: 'sm0l',
    stream: true,
    messages: [{ role: 'user', content: 'Hello' }],
  })
  const parts: string[] = []
  for await (const chunk of stream) parts.push(chunk.choices[0]?.delta.content ?? '')
  check(parts.length > 3 && parts.join('').length > 10, 'streamed chat')
  say(`streamed chat: ${parts.length} chunks`)
}

async function embed(client: OpenAI): Promise<void> {
  const { data } = await client.embeddings.create({ model: 'sm0l', input: ['one', 'two'] })
  check(data.length === 2 && data.every(({ embedding }) => embedding.length > 0), 'embeddings')
  say(`embeddings: ${data.length} of ${data[0]?.embedding.length} numbers`)
}

async function listModels(client: OpenAI): Promise<void> {
  const { data } = await client.models.list()
  check(
    data.some(({ id }) => id === 'sm0l'),
    'models',
  )
  say(`models: ${data.map(({ id }) => id).join(', ')}`)
}

/** The line is ours and holds no foreign value, so a shell may see it, as a user's would. */
async function pasteCurl(line: string): Promise<void> {
  const shell = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  for await (const chunk of shell.stdout) text += chunk
  check(JSON.parse(text).choices?.length === 1, 'the printed curl line')
  say('the printed curl line works')
}

/** Ctrl-C reaches the whole group, as in a terminal. */
function interrupt({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGINT')
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`${what} does not work`)
}

function say(line: string): void {
  process.stdout.write(`smoke: ${line}\n`)
}
