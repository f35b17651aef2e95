import { mkdirSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Discovery, discoverDatums } from './discover.ts'
import { catalogueOf, createScratch } from './scratch-fixture.ts'

const types = catalogueOf()

describe('discoverDatums()', () => {
  test('given nested folders, finds the three extensions and skips what is no datum', () => {
    using scratch = createScratch({
      'a.job.toml': '[b00t]',
      'deep/er/b.tomllm': '',
      'k8s.🚢/c d.tomllmd': '',
      'readme.md': 'no',
      '.hidden.toml': 'no',
      '.git/x.toml': 'no',
      'node_modules/x.toml': 'no',
      'target/x.toml': 'no',
      'vendor/x.toml': 'no',
      '_archive_/x.toml': 'no',
      'bootstrap.toml': 'no',
      'git-cliff.toml': 'no',
      '_b00t_.toml': 'no',
      'Cargo.toml': 'no',
    })
    const found = discoverDatums([scratch.path], types)
    expect(keysOf(found)).toEqual(['a.job', 'b', 'c d'])
    expect([found.degraded, found.problems]).toEqual([[], []])
  })

  test('given a depth of ten folders, still looks; not deeper', () => {
    const folders = (count: number) => Array.from({ length: count }, () => 'd').join('/')
    using scratch = createScratch({
      [`${folders(10)}/ten.toml`]: '',
      [`${folders(11)}/eleven.toml`]: '',
    })
    expect(keysOf(discoverDatums([scratch.path], types))).toEqual(['ten'])
  })
})

describe('discoverDatums() and its order of precedence', () => {
  test('given one key with several extensions, takes .tomllmd before .tomllm before .toml', () => {
    using scratch = createScratch({
      'a.toml': 'b00t.name = "toml"',
      'a.tomllm': 'b00t.name = "tomllm"',
      'a.tomllmd': 'b00t.name = "tomllmd"',
      'b.toml': 'b00t.name = "toml"',
      'sub/b.tomllm': 'b00t.name = "tomllm"',
    })
    const { datums, problems } = discoverDatums([scratch.path], types)
    expect(datums.map(({ name }) => name)).toEqual(['tomllmd', 'tomllm'])
    expect(problems).toEqual([])
  })

  test('given one key twice with one extension, names both unless they are copies, and takes the first path', () => {
    using scratch = createScratch({
      'one/a.toml': '',
      'two/a.toml': '# other',
      'x/b.toml': '',
      'y/b.toml': '',
    })
    const { datums, problems } = discoverDatums([scratch.path], types)
    const [first, second] = ['one', 'two'].map((name) => join(scratch.path, name, 'a.toml'))
    expect(datums.map(({ file }) => file)).toEqual([first, join(scratch.path, 'x/b.toml')])
    expect(problems).toMatchObject([
      {
        severity: 'error',
        code: 'DATUM_DUPLICATE',
        message: `Two files share the key "a": ${first} is used, ${second} is not`,
        at: { file: second },
      },
    ])
  })

  test('given a readable and a degraded file for one key, takes the readable one and lists the other', () => {
    using scratch = createScratch({ 'a.toml': 'b00t.name = "good"', 'a.tomllmd': '---\n' })
    const found = discoverDatums([scratch.path], types)
    expect(found.datums.map(({ name }) => name)).toEqual(['good'])
    expect(found.degraded.map(({ key, file }) => [key, relative(scratch.path, file)])).toEqual([
      ['a', 'a.tomllmd'],
    ])
  })
})

describe('discoverDatums() with several folders', () => {
  test('given one key in two folders, the earlier folder wins without a word', () => {
    using scratch = createScratch({
      'mine/a.toml': 'b00t.name = "mine"',
      'stock/a.tomllmd': 'b00t.name = "stock"',
      'stock/b.toml': '',
    })
    const found = discoverDatums([join(scratch.path, 'mine'), join(scratch.path, 'stock')], types)
    expect(found.datums.map(({ name }) => name)).toEqual(['mine', 'b'])
    expect([found.degraded, found.problems]).toEqual([[], []])
  })

  test('given a broken override, does not fall back to what it overrides', () => {
    using scratch = createScratch({ 'mine/a.toml': 'x', 'stock/a.toml': '' })
    const found = discoverDatums([join(scratch.path, 'mine'), join(scratch.path, 'stock')], types)
    expect(keysOf(found)).toEqual([])
    expect(found.degraded.map(({ key }) => key)).toEqual(['a'])
  })

  test('given a folder that does not exist, counts it as empty; given a file, says so', () => {
    using scratch = createScratch({ 'a.toml': '' })
    const folders = [join(scratch.path, 'absent'), join(scratch.path, 'a.toml'), scratch.path]
    const found = discoverDatums(folders, types)
    expect(keysOf(found)).toEqual(['a'])
    expect(found.problems).toMatchObject([
      { code: 'DATUM_UNREADABLE', message: 'Cannot read the folder: ENOTDIR: not a directory' },
    ])
  })

  test('given links, follows files and folders, ends in a circle, reports what leads nowhere', () => {
    using scratch = createScratch({ 'real/a.toml': '', 'elsewhere/b.toml': '', 'root/c.toml': '' })
    const root = join(scratch.path, 'root')
    symlinkSync('../real/a.toml', join(root, 'a.toml'))
    symlinkSync('../elsewhere', join(root, 'linked'))
    symlinkSync('..', join(scratch.path, 'elsewhere/up'))
    symlinkSync('nowhere', join(root, 'gone.toml'))
    symlinkSync('nowhere', join(root, 'gone'))
    symlinkSync('round', join(root, 'round'))
    mkdirSync(join(root, 'folder.toml'))
    const found = discoverDatums([root], types)
    expect(keysOf(found)).toEqual(['a', 'b', 'c'])
    expect(found.degraded.map(({ key }) => key)).toEqual(['folder', 'gone'])
    expect(found.problems).toEqual([])
  })
})

function keysOf({ datums }: Discovery): string[] {
  return datums.map(({ key }) => key)
}
