import { chmod, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createKey } from './key-commands.ts'
import { keyFile } from './key-file.ts'
import { changeKeys, readKeys } from './key-writer.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'b00t-keys-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

describe('changeKeys()', () => {
  test('given many writers at once, loses no key and leaves only a private file', async () => {
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => createKey(home, { consumer: `c${index}` })),
    )
    const consumers = (await readKeys(home)).map(({ consumer }) => consumer)
    expect(new Set(consumers).size).toBe(12)
    expect((await stat(keyFile(home))).mode & 0o777).toBe(0o600)
    expect(await readdir(home)).toEqual(['server-keys.json'])
  })

  test.each([
    ['of a dead process', '999999999'],
    ['that was never finished', ''],
  ])('given a lock %s, takes it over', async (_, text) => {
    const lock = `${keyFile(home)}.lock`
    await writeFile(lock, text)
    await utimes(lock, 1, 1)
    await createKey(home, { consumer: 'c' })
    expect(await readKeys(home)).toHaveLength(1)
  })

  test('given a lock of a live process, waits until it is gone', async () => {
    const lock = `${keyFile(home)}.lock`
    await writeFile(lock, String(process.pid))
    let done = false
    const creating = createKey(home, { consumer: 'c' }).then(() => {
      done = true
    })
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(done).toBe(false)
    await rm(lock)
    await creating
    expect(await readKeys(home)).toHaveLength(1)
  })

  test('given a file of ours that others may read, keeps them out and reads it', async () => {
    await writeFile(keyFile(home), '{"keys":[]}')
    await chmod(keyFile(home), 0o644)
    let isTightened = false
    const keys = await readKeys(home, () => {
      isTightened = true
    })
    expect([keys, isTightened]).toEqual([[], true])
    expect((await stat(keyFile(home))).mode & 0o777).toBe(0o600)
  })

  test('given a damaged file, changes nothing', async () => {
    await writeFile(keyFile(home), '{"keys":[', { mode: 0o600 })
    await expect(changeKeys(home, () => [])).rejects.toMatchObject({ code: 'ROUTER_KEYS_INVALID' })
    expect(await readdir(home)).toEqual(['server-keys.json'])
  })
})
