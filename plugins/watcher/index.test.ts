import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Datum, Host, ProcessSurface, Run } from '#core'
import { listDatumFiles } from './datum-files.ts'
import watcher from './index.ts'

const DEBOUNCE_MS = 60
const PATIENCE = { timeout: 15_000, interval: 20 }

let scratch: string
let stack: AsyncDisposableStack
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'b00t-watcher-'))
  stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(scratch, { recursive: true, force: true }))
})
afterEach(() => stack.disposeAsync())

/** A watcher over folders of the scratch folder, and how often it said that datums changed. */
interface Watching {
  readonly surface: ProcessSurface
  count(): number
  start(): Promise<void>
}

function watcherOf(...folders: string[]): Watching {
  const said: string[] = []
  const host: Host = {
    home: scratch,
    environment: {},
    datumFolders: folders.map((folder) => join(scratch, folder)),
    emit: (type) => void said.push(type),
  }
  const surface = watcher.create?.(datumWith({ debounce_ms: DEBOUNCE_MS }), host)
  if (!surface) expect.fail('the watcher cannot be started')
  stack.defer(() => surface.terminate({}, run()))
  return {
    surface,
    count: () => said.filter((type) => type === 'datums.changed').length,
    start: async () => void (await surface.operate(run())),
  }
}

async function started(...folders: string[]): Promise<Watching> {
  const watching = watcherOf(...folders)
  await watching.start()
  return watching
}

describe('the watcher', () => {
  test('given a file that is made, edited and deleted, says so each time', async () => {
    write('datums/other.toml', '')
    const { count } = await started('datums')
    write('datums/a.toml', 'x = 1')
    await expect.poll(count, PATIENCE).toBe(1)
    write('datums/a.toml', 'x = 2')
    await expect.poll(count, PATIENCE).toBe(2)
    rmSync(join(scratch, 'datums/a.toml'))
    await expect.poll(count, PATIENCE).toBe(3)
  })

  test('given a file replaced by renaming, twice, says so each time', async () => {
    write('datums/a.toml', 'x = 1')
    const { count } = await started('datums')
    replace('datums/a.toml', 'x = 2')
    await expect.poll(count, PATIENCE).toBe(1)
    replace('datums/a.toml', 'x = 3')
    await expect.poll(count, PATIENCE).toBe(2)
  })

  test('given a file that is only touched, says nothing', async () => {
    const file = write('datums/a.toml', 'x = 1')
    const { count } = await started('datums')
    utimesSync(file, new Date(), new Date())
    replace('datums/a.toml', 'x = 1')
    await pause(5 * DEBOUNCE_MS)
    expect(count()).toBe(0)
    write('datums/a.toml', 'x = 2')
    await expect.poll(count, PATIENCE).toBe(1)
  })

  test('given a burst of writes, says so once', async () => {
    write('datums/0.toml', '')
    const { count } = await started('datums')
    for (let index = 0; index < 20; index++) write(`datums/${index}.toml`, `x = ${index}`)
    await expect.poll(count, PATIENCE).toBe(1)
    await pause(5 * DEBOUNCE_MS)
    expect(count()).toBe(1)
  })

  test('given a new folder with a datum in it, says so', async () => {
    write('datums/0.toml', '')
    const { count } = await started('datums')
    write('datums/new/deep/a.toml', 'x = 1')
    await expect.poll(count, PATIENCE).toBe(1)
  })

  test('given a folder that is made later, says so for its first datum', async () => {
    const { count } = await started('later/datums')
    write('later/datums/a.toml', 'x = 1')
    await expect.poll(count, PATIENCE).toBe(1)
  })

  test.each(['.b00t/datums', '.datums', 'vendor'])(
    'given the folder %s, whose name would be skipped inside another, watches it',
    async (folder) => {
      write(`${folder}/0.toml`, '')
      const { count } = await started(folder)
      write(`${folder}/a.toml`, 'x = 1')
      await expect.poll(count, PATIENCE).toBe(1)
    },
  )

  test('given files that are no datums, says nothing', async () => {
    write('datums/0.toml', '')
    const { count } = await started('datums')
    write('datums/notes.md', 'x')
    write('datums/.git/config.toml', 'x = 1')
    write('datums/node_modules/a/a.toml', 'x = 1')
    write('datums/.a.toml', 'x = 1')
    await pause(5 * DEBOUNCE_MS)
    expect(count()).toBe(0)
  })

  test('given a change before the start, says so at the start', async () => {
    write('datums/a.toml', 'x = 1')
    const { start, count } = watcherOf('datums')
    write('datums/a.toml', 'x = 2')
    await start()
    expect(count()).toBe(1)
  })

  test('given a stop before the quiet is over, says nothing any more', async () => {
    write('datums/a.toml', 'x = 1')
    const { surface, count } = await started('datums')
    write('datums/a.toml', 'x = 2')
    await surface.terminate({}, run())
    await pause(5 * DEBOUNCE_MS)
    expect(count()).toBe(0)
  })
})

describe('listDatumFiles()', () => {
  test('given links to a folder and back to the first, lists each file once', () => {
    write('datums/a.toml', '')
    write('elsewhere/b.tomllmd', '')
    symlinkSync(join(scratch, 'elsewhere'), join(scratch, 'datums/linked'))
    symlinkSync(join(scratch, 'datums'), join(scratch, 'datums/again'))
    symlinkSync(join(scratch, 'nowhere'), join(scratch, 'datums/broken'))
    expect(listed()).toEqual(['a.toml', 'linked/b.tomllmd'])
  })

  test('given folders below the tenth, leaves them out', () => {
    write(`datums/${'d/'.repeat(10)}a.toml`, '')
    write(`datums/${'d/'.repeat(11)}b.toml`, '')
    expect(listed()).toEqual([`${'d/'.repeat(10)}a.toml`])
  })

  test('given no such folder, lists nothing', () => {
    expect(listed()).toEqual([])
  })

  function listed(): string[] {
    const root = join(scratch, 'datums')
    return listDatumFiles(root).map((file) => file.slice(root.length + 1))
  }
})

function write(name: string, text: string): string {
  const file = join(scratch, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}

/** Saves as most editors do: a new file under a passing name, then the rename. */
function replace(name: string, text: string): void {
  renameSync(write(`${name}.saving`, text), join(scratch, name))
}

function run(): Run {
  const { signal } = new AbortController()
  return { key: 'w', generation: 1, signal, logFile: join(scratch, 'w.log'), stopGraceMs: 1000 }
}

function datumWith(table: Record<string, unknown>): Datum {
  return {
    key: 'w',
    name: 'w',
    type: 'watcher',
    hint: '',
    file: join(scratch, 'w.toml'),
    hash: '',
    autostart: false,
    dependsOn: [],
    governance: {},
    document: {},
    table,
  }
}
