import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseDatum, placeOf, type Reading, readDatum } from './read.ts'
import { MAX_BYTES } from './read-bytes.ts'
import { catalogueOf, createScratch } from './scratch-fixture.ts'

const types = catalogueOf()

/** Node itself cannot make a named pipe. */
const MAKE_PIPE = 'mkfifo'

describe('readDatum()', () => {
  test('given a readable datum, gives its facts and the hash of its bytes', () => {
    using scratch = createScratch({ 'one.job.toml': 'b00t.name = "first"\n' })
    const { datum, problems } = readDatum(join(scratch.path, 'one.job.toml'), types)
    expect(problems).toEqual([])
    expect(datum).toMatchObject({
      key: 'one.job',
      name: 'first',
      type: 'job',
      file: join(scratch.path, 'one.job.toml'),
      hash: '6950129c327a472bf4389c9306276c715621c98552f52a50396b939d00438e25',
      autostart: false,
      dependsOn: [],
    })
  })

  test('given a folder, a missing file and a dangling link, says what they are', () => {
    using scratch = createScratch({})
    mkdirSync(join(scratch.path, 'folder.toml'))
    symlinkSync('nowhere', join(scratch.path, 'link.toml'))
    const messageFor = (name: string) =>
      readDatum(join(scratch.path, name), types).problems.map(({ code, message }) => [
        code,
        message,
      ])
    expect(messageFor('folder.toml')).toEqual([
      ['DATUM_UNREADABLE', 'Cannot read the datum: it is a folder'],
    ])
    const absent = [
      ['DATUM_UNREADABLE', 'Cannot read the datum: ENOENT: no such file or directory'],
    ]
    expect(messageFor('absent.toml')).toEqual(absent)
    expect(messageFor('link.toml')).toEqual(absent)
  })
})

describe('readDatum() and its limits', () => {
  test('given a named pipe, refuses it at once instead of waiting for a writer', () => {
    using scratch = createScratch({})
    const pipe = join(scratch.path, 'pipe.toml')
    execFileSync(MAKE_PIPE, [pipe])
    expect(readDatum(pipe, types).problems[0]?.message).toBe(
      'Cannot read the datum: it is not a file',
    )
  })

  test('given a file of 1 MiB, reads it; one byte more, names size and limit', () => {
    using scratch = createScratch({
      'full.toml': '#'.repeat(MAX_BYTES),
      'over.toml': '#'.repeat(MAX_BYTES + 1),
    })
    expect(readDatum(join(scratch.path, 'full.toml'), types).datum?.key).toBe('full')
    expect(readDatum(join(scratch.path, 'over.toml'), types).problems).toMatchObject([
      {
        code: 'DATUM_TOO_LARGE',
        message: 'Cannot read the datum: it has 1048577 bytes, the limit is 1048576 (1 MiB)',
      },
    ])
  })
})

function parse(name: string, text: string | Uint8Array, catalogue = types): Reading {
  return parseDatum(`/d/${name}`, Buffer.from(text), catalogue)
}

describe('parseDatum()', () => {
  test('given a byte that is not UTF-8, names its place', () => {
    const bytes = Buffer.concat([Buffer.from('a = 1\nb = "\uFFFDé'), Buffer.from([0xff, 0x22])])
    expect(parse('x.toml', bytes).problems).toMatchObject([
      {
        code: 'DATUM_ENCODING',
        message: 'Cannot read the file as UTF-8: byte 16 has the value 0xff',
        at: { file: '/d/x.toml', line: 2, column: 8 },
      },
    ])
  })

  test('given a cut-off character at the end, names its first byte', () => {
    const bytes = Buffer.from('# é').subarray(0, 3)
    expect(parse('x.toml', bytes).problems[0]?.at).toMatchObject({ line: 1, column: 3 })
  })

  test('given a byte order mark and Windows line ends, reads as without', () => {
    const { datum } = parse('x.job.toml', '\uFEFF[b00t]\r\nname = "x"\r\nhint = "h"\r\n')
    expect(datum).toMatchObject({ name: 'x', hint: 'h' })
  })

  test('given a document, keeps it as written while the table gets the defaults', () => {
    const catalogue = catalogueOf({ properties: { port: { default: 80 } } })
    const { datum } = parse('x.job.toml', '[b00t.job]\nname = "x"\n[b00t.governance]\n', catalogue)
    expect(datum?.table).toEqual({ name: 'x', port: 80 })
    expect(JSON.stringify(datum?.document)).toBe('{"b00t":{"job":{"name":"x"},"governance":{}}}')
    expect(JSON.stringify(datum?.governance)).toBe('{}')
  })

  test('given no table of the type, gives the defaults, or nothing if something is required', () => {
    const table = { properties: { port: { default: 80 } } }
    const text = 'b00t.name = "x"'
    expect(parse('x.job.toml', text, catalogueOf(table)).datum?.table).toEqual({ port: 80 })
    const strict = catalogueOf({ ...table, required: ['host'] })
    expect(parse('x.job.toml', text, strict).datum?.table).toEqual({})
  })
})

describe('parseDatum() and its complaints', () => {
  test('given [boot] instead of [b00t] beside it, warns', () => {
    const { problems } = parse('x.job.toml', 'b00t.name = "x"\n[boot.governance]\n')
    expect(problems).toMatchObject([
      { severity: 'warning', message: 'Unknown table [boot]', at: { line: 2, column: 2 } },
    ])
  })

  test('given a lint with an error, withholds the datum and names at least the file', () => {
    const lint = () => [{ severity: 'error', code: 'JOB_ODD', message: 'Odd' }] as const
    const reading = parse('x.job.toml', 'b00t.name = "x"', catalogueOf({}, { lint }))
    expect(reading).toEqual({
      partial: expect.objectContaining({ key: 'x.job' }),
      problems: [
        { severity: 'error', code: 'JOB_ODD', message: 'Odd', at: { file: '/d/x.job.toml' } },
      ],
    })
  })

  test('given a lint with a pointer, turns it into a place', () => {
    const lint = () =>
      [{ severity: 'warning', code: 'JOB_ODD', message: 'Odd', pointer: '/b00t/name' }] as const
    const { datum, problems } = parse('x.job.toml', 'b00t.name = "x"', catalogueOf({}, { lint }))
    expect(datum?.name).toBe('x')
    expect(problems[0]).toEqual({
      severity: 'warning',
      code: 'JOB_ODD',
      message: 'Odd',
      at: { file: '/d/x.job.toml', line: 1, column: 13, endColumn: 16 },
    })
  })

  test('given a lint that throws or a schema that does not compile, blames the plugin', () => {
    const lint = () => {
      throw new Error('oops')
    }
    const text = 'b00t.name = "x"'
    expect(parse('x.job.toml', text, catalogueOf({}, { lint })).problems).toMatchObject([
      { code: 'PLUGIN_BROKEN', message: expect.stringContaining('oops') },
    ])
    const broken = catalogueOf({ type: 'nonsense' })
    expect(parse('x.job.toml', text, broken).problems).toMatchObject([
      { code: 'PLUGIN_BROKEN', message: expect.stringContaining('type "job"') },
    ])
  })
})

describe('placeOf()', () => {
  test('given a pointer, finds it in the file; once the file has changed, names the file alone', () => {
    using scratch = createScratch({ 'x.job.toml': '[b00t.job]\nport = 80\n' })
    const { datum } = readDatum(join(scratch.path, 'x.job.toml'), types)
    if (!datum) throw new Error('the datum is readable')
    expect(placeOf(datum, '/b00t/job/port')).toMatchObject({ line: 2, column: 8 })
    scratch.write('x.job.toml', '\n[b00t.job]\nport = 80\n')
    expect(placeOf(datum, '/b00t/job/port')).toEqual({ file: datum.file })
  })
})
