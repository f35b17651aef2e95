import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { B00tError } from '#core'
import { watchFile } from './watched-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'b00t-watch-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function parse(text: string | undefined): string {
  if (text === 'bad') throw new B00tError('ROUTER_KEYS_INVALID', 'Cannot read it')
  return text ?? 'none'
}

describe('watchFile()', () => {
  test('given changes of every kind, shows the newest good content', async () => {
    const path = join(folder, 'f')
    const problems: (string | undefined)[] = []
    const file = watchFile({ path, parse, onProblem: (problem) => problems.push(problem?.code) })
    expect(file.current()).toBe('none')
    await writeFile(path, 'one')
    await vi.waitFor(() => expect(file.current()).toBe('one'))
    await writeFile(path, 'two')
    await vi.waitFor(() => expect(file.current()).toBe('two'))
    await writeFile(`${path}.new`, 'six')
    await rename(`${path}.new`, path)
    await vi.waitFor(() => expect(file.current()).toBe('six'))
    await writeFile(path, 'bad')
    await vi.waitFor(() => {
      expect(file.current()).toBe('six')
      expect(file.problem()?.code).toBe('ROUTER_KEYS_INVALID')
    })
    await writeFile(path, 'ten')
    await vi.waitFor(() => expect(file.current()).toBe('ten'))
    await rm(path)
    await vi.waitFor(() => expect(file.current()).toBe('none'))
    expect(problems).toEqual(['ROUTER_KEYS_INVALID', undefined])
  })

  test('given a damaged file at first, fails', async () => {
    const path = join(folder, 'f')
    await writeFile(path, 'bad')
    expect(() => watchFile({ path, parse })).toThrow('Cannot read it')
  })
})
