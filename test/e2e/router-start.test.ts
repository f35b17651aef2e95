import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeHome } from '../fixtures/router-process.ts'

describe('the start of a router', () => {
  test.each([
    ['a damaged key file', '{"keys": [', 0o600, /ROUTER_KEYS_INVALID.*not valid JSON/],
    ['a key file that others may read', '{"keys":[]}', 0o644, /ROUTER_KEYS_MODE.*\n.*chmod 600/],
  ])('given %s, refuses and leaves it alone', async (...[, text, mode, message]) => {
    const home = await makeHome()
    const file = join(home, 'server-keys.json')
    await writeFile(file, text, { mode })
    const started = await startBroken(home)
    expect(started.code).toBe(1)
    expect(started.output).toMatch(message)
    expect(await readFile(file, 'utf8')).toBe(text)
    await rm(home, { recursive: true })
  })
})

async function startBroken(
  home: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const serve = join(import.meta.dirname, '../../plugins/router/serve.ts')
  const child = spawn(process.execPath, [serve, '--home', home, '--port', '0'])
  let output = ''
  child.stderr.on('data', (chunk) => {
    output += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
