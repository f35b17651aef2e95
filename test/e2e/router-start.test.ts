import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeHome } from '../fixtures/router-process.ts'

interface Case {
  readonly name: string
  readonly text: string
  readonly mode?: number
  readonly message: RegExp
}

describe('the start of a router', () => {
  test.each<Case>([
    {
      name: 'server-keys.json',
      text: '{"keys": [',
      message: /ROUTER_KEYS_INVALID.*not valid JSON/,
    },
    {
      name: 'server-keys.json',
      text: '{"keys":[]}',
      mode: 0o644,
      message: /ROUTER_KEYS_MODE.*\n.*chmod 600/,
    },
    {
      name: 'server-soul.tomllm',
      text: '[soul]\nhostname = ',
      message: /server-soul.tomllm:2:\d+ ROUTER_SOUL_INVALID/,
    },
  ])(
    'given $name with $text, refuses and leaves it alone',
    async ({ name, text, mode, message }) => {
      const home = await makeHome()
      const file = join(home, name)
      await writeFile(file, text, { mode: mode ?? 0o600 })
      const started = await startBroken(home)
      expect(started.code).toBe(1)
      expect(started.output).toMatch(message)
      expect(await readFile(file, 'utf8')).toBe(text)
      await rm(home, { recursive: true })
    },
  )

  test('given a port that is taken, says so', async () => {
    const home = await makeHome()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const started = await startBroken(home, String((other.address() as AddressInfo).port))
    expect(started.code).toBe(1)
    expect(started.output).toMatch(/ROUTER_LISTEN: .*the port is taken/)
    other.close()
    await rm(home, { recursive: true })
  })
})

async function startBroken(
  home: string,
  port = '0',
): Promise<{ readonly code: number | null; readonly output: string }> {
  const serve = join(import.meta.dirname, '../../plugins/router/serve.ts')
  const child = spawn(process.execPath, [serve, '--home', home, '--port', port])
  let output = ''
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
