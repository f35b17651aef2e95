import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Datum, Host, ProcessSurface, Run } from '#core'
import { createFingerprint } from './fingerprint.ts'
import { limitOf } from './folder-watch.ts'
import watcher from './index.ts'

const DEBOUNCE_MS = 60
/** In a user namespace of its own a process may lower this for itself. */
const LIMIT_WATCHES = 'echo 2 >/proc/sys/user/max_inotify_watches'
const UNSHARE = 'unshare'
const MAKE_PIPE = 'mkfifo'
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

describe('createFingerprint()', () => {
  test('given a pipe, a device, a huge file and a folder instead of a datum, reads none of them', () => {
    const folder = join(scratch, 'datums')
    mkdirSync(join(folder, 'folder.toml'), { recursive: true })
    execFileSync(MAKE_PIPE, [join(folder, 'pipe.toml')])
    symlinkSync('/dev/zero', join(folder, 'zero.toml'))
    truncateSync(write('datums/huge.toml', ''), 2 ** 40)
    const { hasChanged } = createFingerprint([folder])
    expect(hasChanged()).toBe(false)
    write('datums/a.toml', 'x = 1')
    expect(hasChanged()).toBe(true)
  })
})

describe('the watcher, where the system has no watches left', () => {
  const hasNamespaces = spawnSync(UNSHARE, ['-Ur', 'sh', '-c', LIMIT_WATCHES]).status === 0

  test.skipIf(!hasNamespaces)('looks from time to time instead, and says so', async () => {
    write('datums/deep/deeper/a.toml', 'x = 1')
    const program = `
      import watcher from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
      import { writeFileSync } from 'node:fs'
      const [scratch] = process.argv.slice(-1)
      const datumFolders = [scratch + '/datums']
      const emit = (type, data) => {
        console.log(JSON.stringify({ type, ...data }))
        if (type === 'datums.changed') process.exit(0)
      }
      const surface = watcher.create({ table: {} }, { datumFolders, emit, environment: {}, home: scratch })
      await surface.operate({ signal: new AbortController().signal })
      writeFileSync(scratch + '/datums/deep/deeper/a.toml', 'x = 2')`
    const node = [process.execPath, '--input-type=module', '-e', program, scratch]
    const args = ['-Ur', 'sh', '-c', `${LIMIT_WATCHES} && exec "$@"`, 'sh', ...node]
    const options = { cwd: import.meta.dirname, encoding: 'utf8', timeout: 30_000 } as const
    const { stdout, stderr } = spawnSync(UNSHARE, args, options)
    const said = stdout.trimEnd().split('\n')
    expect(said, stderr).toEqual([
      expect.stringMatching(/^\{"type":"report".*fs\.inotify\.max_user_watches/),
      expect.stringMatching(/^\{"type":"datums.changed"/),
    ])
  })
})

describe('limitOf()', () => {
  test('given an error of the system, wrapped or not, names the setting; given another, none', () => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    expect(limitOf(new Error('wrapped', { cause: full }))).toBe('fs.inotify.max_user_watches')
    expect(limitOf(Object.assign(new Error('x'), { code: 'EMFILE' }))).toContain('max_user_inst')
    expect(limitOf(new Error('x'))).toBeUndefined()
  })
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
