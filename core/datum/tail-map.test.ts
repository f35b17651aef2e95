import { describe, expect, test } from 'vitest'
import { readTailMap } from './tail-map.ts'

const BLOCK = `# b00t:map v1
# summary: One thing: and its use
# tags: a, b , c
# tier: sm0l
# cmds: b00t start x, b00t stop x
# complexity: 3
`

describe('readTailMap()', () => {
  test('given the usual block, reads its lines and splits at the first colon', () => {
    expect(readTailMap(`[b00t]\nname = "x"\n\n${BLOCK}`)).toEqual({
      summary: 'One thing: and its use',
      tags: ['a', 'b', 'c'],
      tier: 'sm0l',
      cmds: 'b00t start x, b00t stop x',
      complexity: 3,
      entries: {
        summary: 'One thing: and its use',
        tags: 'a, b , c',
        tier: 'sm0l',
        cmds: 'b00t start x, b00t stop x',
        complexity: '3',
      },
    })
  })

  test('given no marker, or one of another version, gives nothing', () => {
    expect(readTailMap('[b00t]\n# summary: x\n')).toBeUndefined()
    expect(readTailMap('# b00t:map v2\n# summary: x\n')).toBeUndefined()
    expect(readTailMap('# see # b00t:map v1\n# summary: x\n')).toBeUndefined()
  })

  test('given the block at the head, with Windows line ends, reads it', () => {
    const text = `${BLOCK}[b00t]\nname = "x"\n`.replaceAll('\n', '\r\n')
    expect(readTailMap(text)).toMatchObject({ tier: 'sm0l', complexity: 3 })
  })

  test('given two blocks, the last one counts', () => {
    expect(readTailMap(`${BLOCK}\n# b00t:map v1\n# summary: second\n`)?.summary).toBe('second')
  })

  test.each(['"""', "'''"])('given a later marker inside a %s string, ignores it', (quotes) => {
    const text = `${BLOCK}\n[x]\ntext = ${quotes}\n# b00t:map v1\n# summary: inside\n${quotes}\n`
    expect(readTailMap(text)?.summary).toBe('One thing: and its use')
  })

  test('given an empty value, joins the indented lines below it and stops at a blank comment', () => {
    const text = '# b00t:map v1\n# cmds:\n#   one\n#   two: 2\n#\n# tags: never\n'
    expect(readTailMap(text)).toEqual({
      cmds: 'one, two: 2',
      tags: [],
      entries: { cmds: 'one, two: 2' },
    })
  })

  test('given further keys and a complexity in words, keeps them as entries only', () => {
    const text = '# b00t:map v1\n# complexity: high\n# prereqs: node\n'
    expect(readTailMap(text)).toEqual({
      tags: [],
      entries: { complexity: 'high', prereqs: 'node' },
    })
  })

  test('given a key that names a part of every object, keeps it as text', () => {
    expect(readTailMap('# b00t:map v1\n# constructor: x\n')?.entries).toEqual({ constructor: 'x' })
  })
})
