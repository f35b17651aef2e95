import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { locateHome, logFileOf, prepareHome } from './home.ts'

let scratch: string
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'b00t-home-'))
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))

describe('prepareHome()', () => {
  test('given a link to a home, gives the same layout as for the home itself', () => {
    const real = prepareHome(locateHome({ B00T_HOME: join(scratch, 'real') }))
    symlinkSync(real.path, join(scratch, 'link'))
    const located = locateHome({ B00T_HOME: join(scratch, 'link') })
    expect(located).toEqual(real)
    expect(prepareHome(located)).toEqual(real)
  })

  test('given a home that is new, below a linked folder, gives its real path', () => {
    mkdirSync(join(scratch, 'folder'))
    symlinkSync(join(scratch, 'folder'), join(scratch, 'link'))
    const home = prepareHome(locateHome({ B00T_HOME: join(scratch, 'link', 'home') }))
    expect(home.socket).toBe(join(scratch, 'folder', 'home', 'run', 'supervisor.sock'))
  })

  test('given a folder of ours that others may enter, closes it', () => {
    const path = folderOfMode(0o755)
    prepareHome(locateHome({ B00T_HOME: path }))
    expect(statSync(path).mode & 0o7777).toBe(0o700)
  })

  test.each([
    [0o1777, 'sticky bit'],
    [0o1755, 'sticky bit'],
    [0o777, 'written by everybody'],
  ])('given a folder of mode %o, refuses it and leaves it as it is', (mode, why) => {
    const path = folderOfMode(mode)
    expect(() => prepareHome(locateHome({ B00T_HOME: path }))).toThrow(
      expect.objectContaining({ code: 'HOME_UNUSABLE', message: expect.stringContaining(why) }),
    )
    expect(statSync(path).mode & 0o7777).toBe(mode)
  })

  test('given a path that is too long for a socket, says so', () => {
    const home = locateHome({ B00T_HOME: join(scratch, 'x'.repeat(100)) })
    expect(() => prepareHome(home)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('too long for a socket'),
        hint: 'Choose a shorter path for B00T_HOME.',
      }),
    )
  })

  test('given a place where no folder can be made, says why', () => {
    expect(() => prepareHome(locateHome({ B00T_HOME: '/proc/nope' }))).toThrow(
      expect.objectContaining({ code: 'HOME_UNUSABLE' }),
    )
  })

  test('given a cache that others may read, closes it', () => {
    mkdirSync(join(scratch, 'home', 'cache'), { recursive: true, mode: 0o755 })
    const { cache } = prepareHome(locateHome({ B00T_HOME: join(scratch, 'home') }))
    expect(statSync(cache).mode & 0o777).toBe(0o700)
  })
})

describe('locateHome()', () => {
  test.each([
    ['~/elsewhere', join(homedir(), 'elsewhere')],
    ['~', homedir()],
    ['/~', '/~'],
  ])('given %s, names %s', (named, path) => {
    expect(locateHome({ B00T_HOME: named }).path).toBe(path)
  })
})

describe('logFileOf()', () => {
  test.each(['supervisor', 'up', 'Supervisor', 'UP'])(
    'given the key %s, names no log of our own',
    (key) => {
      const home = locateHome({ B00T_HOME: scratch })
      const file = logFileOf(home, key).toLowerCase()
      expect([home.ownLog.toLowerCase(), home.upLog.toLowerCase()]).not.toContain(file)
      expect(decodeURIComponent(logFileOf(home, key))).toBe(join(home.logs, `${key}.log`))
    },
  )

  test('given two keys, names two files', () => {
    const home = locateHome({ B00T_HOME: scratch })
    const keys = ['up', '%75p', 'a/b', 'a%2Fb', '..', 'nap.service']
    expect(new Set(keys.map((key) => logFileOf(home, key))).size).toBe(keys.length)
    expect(logFileOf(home, 'nap.service')).toBe(join(home.logs, 'nap.service.log'))
  })
})

function folderOfMode(mode: number): string {
  const path = join(scratch, 'home')
  mkdirSync(path)
  chmodSync(path, mode)
  return path
}
