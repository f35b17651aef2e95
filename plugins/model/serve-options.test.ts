import { describe, expect, test } from 'vitest'
import { readServeOptions, writeServeOptions } from './serve-options.ts'

const OPTIONS = {
  gguf: '-odd name.gguf',
  name: 'sm0l',
  aliases: ['toy', '--x'],
  socket: '/run/s.sock',
  context: 512,
  threads: 3,
  parallel: 4,
  queue: 0,
  temperature: 0.5,
}

describe('readServeOptions()', () => {
  test('given what writeServeOptions wrote, reads the same options', () => {
    expect(readServeOptions(writeServeOptions(OPTIONS))).toEqual(OPTIONS)
  })

  test('given only what is required, leaves the threads to be chosen', () => {
    expect(readServeOptions(['--gguf', 'm', '--name', 'n', '--socket', 's'])).toEqual({
      gguf: 'm',
      name: 'n',
      aliases: [],
      socket: 's',
      context: 4_096,
      threads: undefined,
      parallel: 2,
      queue: 16,
      temperature: 0.8,
    })
  })

  test.each([
    ['--context=many', 'wanted a number'],
    ['--context=-1', 'wanted a number'],
    ['--parallel=1.5', 'wanted a whole number'],
    ['--gguf=', '--gguf is missing'],
    ['--unknown=1', 'Cannot read the command line'],
  ])('given %s, fails with MODEL_USAGE', (word, reason) => {
    expect(() => readServeOptions(['--gguf=m', '--name=n', '--socket=s', word])).toThrow(
      expect.objectContaining({
        code: 'MODEL_USAGE',
        message: expect.stringContaining(reason),
      }),
    )
  })
})
