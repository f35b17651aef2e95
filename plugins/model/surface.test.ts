import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Datum, Handle, Host, MaintenanceAction, ProcessSurface, Run } from '#core'
import type { ModelTable } from './datum.gen.ts'
import { makeFolder, SM0L } from './server-fixture.ts'
import { createModelSurface, readServe } from './surface.ts'

const TABLE: ModelTable = {
  path: 'sm0l.gguf',
  context: 128,
  parallel: 1,
  queue: 2,
  temperature: 0,
}

function makeDatum(table: Partial<ModelTable>): Datum<ModelTable> {
  return {
    key: 'sm0l.model',
    name: 'sm0l',
    type: 'model',
    hint: 'A toy',
    file: join(dirname(SM0L), 'sm0l.model.toml'),
    hash: '',
    autostart: false,
    dependsOn: [],
    table: table as ModelTable,
    governance: {},
    document: {},
  }
}

function makeHost(home: string): Host {
  return { home, environment: {}, datumFolders: [], emit: () => undefined }
}

function makeRun(home: string, signal: AbortSignal): Run {
  mkdirSync(join(home, 'logs'))
  const logFile = join(home, 'logs', 'sm0l.log')
  return { key: 'sm0l.model', generation: 1, signal, logFile, stopGraceMs: 10_000 }
}

describe('createModelSurface()', () => {
  test('given sm0l, serves it until it is terminated', async () => {
    using home = makeFolder()
    const run = makeRun(home.path, new AbortController().signal)
    const surface = createModelSurface(makeDatum(TABLE), makeHost(home.path))
    const handle = await surface.operate(run)
    try {
      await surface.ready?.(handle, run)
      expect(surface.endpoints?.(handle)).toEqual([
        {
          protocol: 'openai',
          url: 'http://localhost/v1',
          socketPath: join(home.path, 'run/model-sm0l.model.sock'),
          models: ['sm0l'],
          tier: 'embedded',
        },
      ])
      expect(await surface.maintain?.(handle, run)).toEqual({ action: 'none' })
    } finally {
      await surface.terminate(handle, run)
    }
    expect(await lookThrice(surface, handle, run)).toMatchObject([
      { action: 'none', problem: 'it does not answer on its socket' },
      { action: 'none', problem: 'it does not answer on its socket' },
      { action: 'restart' },
    ])
  })

  test('given an end while it starts, stops waiting for it', async () => {
    using home = makeFolder()
    const ending = new AbortController()
    const run = makeRun(home.path, ending.signal)
    const surface = createModelSurface(makeDatum(TABLE), makeHost(home.path))
    const handle = await surface.operate(run)
    const ready = surface.ready?.(handle, run)
    ending.abort(new Error('enough'))
    await expect(ready).rejects.toThrow()
    await endedBy(surface, handle, run)
  })

  test('given a model file that is not there, requires its path and nothing of its size', () => {
    const surface = createModelSurface(makeDatum({ ...TABLE, path: '/none.gguf' }), makeHost('/h'))
    expect(surface.requirements()).toEqual([{ kind: 'path', path: '/none.gguf' }])
  })

  test('given sm0l, requires its path and memory for it', () => {
    const surface = createModelSurface(makeDatum(TABLE), makeHost('/h'))
    expect(surface.requirements()).toEqual([
      { kind: 'path', path: SM0L },
      { kind: 'memory', bytes: expect.any(Number) },
    ])
  })
})

async function lookThrice(
  surface: ProcessSurface,
  handle: Handle,
  run: Run,
): Promise<(MaintenanceAction | undefined)[]> {
  const looks = []
  for (let look = 0; look < 3; look += 1) looks.push(await surface.maintain?.(handle, run))
  return looks
}

async function endedBy(surface: ProcessSurface, handle: Handle, run: Run): Promise<void> {
  await surface.terminate(handle, run)
  await surface.terminate(handle, run)
}

describe('readServe()', () => {
  test('given a datum that only describes a model, fails with MODEL_NO_FILE', () => {
    expect(() => readServe(makeDatum({}), tmpdir())).toThrow(
      expect.objectContaining({ code: 'MODEL_NO_FILE' }),
    )
  })

  test('given a home whose path is too long for a socket, fails with MODEL_SOCKET_PATH', () => {
    const home = `/${'h'.repeat(110 - '/run/model-sm0l.model.sock'.length)}`
    expect(() => readServe(makeDatum(TABLE), home)).toThrow(
      expect.objectContaining({
        code: 'MODEL_SOCKET_PATH',
        message: expect.stringContaining('has 111 bytes, at most 107'),
      }),
    )
  })

  test('given two datums of one name, gives each a socket of its own', () => {
    const sockets = ['sm0l.model', 'other.model'].map(
      (key) => readServe({ ...makeDatum(TABLE), key }, '/h').socket,
    )
    expect(sockets).toEqual(['/h/run/model-sm0l.model.sock', '/h/run/model-other.model.sock'])
  })

  test.each(['../../x', 'a/b', 'supervisor'])(
    'given the name and key %s, keeps the socket apart in its folder',
    (name) => {
      const { socket } = readServe({ ...makeDatum(TABLE), name, key: name }, '/h')
      expect(dirname(socket)).toBe('/h/run')
      expect(socket).not.toBe('/h/run/supervisor.sock')
    },
  )

  test('given aliases, serves under them too', () => {
    const datum = makeDatum({ ...TABLE, aliases: ['toy'] })
    const surface = createModelSurface(datum, makeHost('/h'))
    const [endpoint] = surface.endpoints?.({ details: { socketPath: '/s' } }) ?? []
    expect(endpoint?.models).toEqual(['sm0l', 'toy'])
  })
})
