import { describe, expect, test } from 'vitest'
import { findPlainCommand } from './commands.ts'

describe('findPlainCommand()', () => {
  test('given the words of a command, finds it', () => {
    expect(findPlainCommand(['status'])).toMatchObject({ entry: { path: ['status'] }, json: false })
    expect(findPlainCommand(['datum', 'list', '--json'])).toMatchObject({
      entry: { path: ['datum', 'list'] },
      json: true,
    })
  })

  test.each([
    [[]],
    [['--json']],
    [['datum']],
    [['status', '--help']],
    [['status', 'more']],
    [['--json', 'status']],
    [['status', '--role', 'viewer']],
    [['start', 'cache']],
    [['logs']],
    [['events']],
  ])('given %j, leaves it to the parser', (args) => {
    expect(findPlainCommand(args)).toBeUndefined()
  })
})
