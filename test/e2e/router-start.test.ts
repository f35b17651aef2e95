import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeHome } from '../fixtures/router-process.ts'

interface Case {
  readonly name: string
  readonly text: string
  readonly message: RegExp
}

describe('the start of a router', () => {
  test.each<Case>([
    {
      name: 'server-keys.json',
      text: '{"keys": [',
      message: /^ROUTER_KEYS_INVALID: \/.*server-keys.json:1:\d+: Cannot .*not valid JSON.*\n$/,
    },
    {
      name: 'server-soul.tomllm',
      text: '[soul]\nhostname = ',
      message: /^ROUTER_SOUL_INVALID: \/.*server-soul.tomllm:2:\d+: Cannot .*\n$/,
    },
  ])('given $name with $text, refuses and leaves it alone', async ({ name, text, message }) => {
    const home = await makeHome()
    const file = join(home, name)
    await writeFile(file, text, { mode: 0o600 })
    const started = await startBroken(home)
    expect(started.code).toBe(1)
    expect(started.output).toMatch(message)
    expect(await readFile(file, 'utf8')).toBe(text)
    await rm(home, { recursive: true })
  })

  test('given a folder in the place of the key file, says that it is one', async () => {
    const home = await makeHome()
    await mkdir(join(home, 'server-keys.json'))
    const { code, output } = await startBroken(home)
    expect([code, output]).toEqual([1, expect.stringContaining('it is a folder')])
    await rm(home, { recursive: true })
  })

  test('given a port that is taken, says so', async () => {
    const home = await makeHome()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const started = await startBroken(home, String((other.address() as AddressInfo).port))
    expect(started.code).toBe(1)
    expect(started.output).toMatch(/^ROUTER_LISTEN: .*the port is taken.*\. Next: .*\n$/m)
    other.close()
    await rm(home, { recursive: true })
  })
})

describe('the host of a router', () => {
  test('given one that is not of this machine, gives a hint about the host', async () => {
    const home = await makeHome()
    const { code, output } = await startBroken(home, '0', '192.0.2.1')
    expect(code).toBe(1)
    expect(output).toMatch(/^ROUTER_LISTEN: .*not an address of this machine\. Next: .*host/m)
    await rm(home, { recursive: true })
  })
})

async function startBroken(
  home: string,
  port = '0',
  host = '127.0.0.1',
): Promise<{ readonly code: number | null; readonly output: string }> {
  const serve = join(import.meta.dirname, '../../plugins/router/serve.ts')
  const child = spawn(process.execPath, [serve, '--home', home, '--port', port, '--host', host])
  let output = ''
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
