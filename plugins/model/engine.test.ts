import { availableParallelism } from 'node:os'
import { describe, expect, test } from 'vitest'
import type { GgufHead } from '#core'
import { chooseContext, chooseThreads, countWeights, type Engine, loadEngine } from './engine.ts'
import { createSpeller } from './generation.ts'
import { checkModelFile } from './gguf-check.ts'
import { SM0L } from './server-fixture.ts'

function headOfSm0l(): GgufHead {
  const { head } = checkModelFile(SM0L)
  if (head === undefined) throw new Error('sm0l cannot be read')
  return head
}

function openSm0l(path: string): Promise<Engine> {
  return loadEngine({ path, head: headOfSm0l(), context: 64, threads: undefined, parallel: 1 })
}

describe('chooseThreads()', () => {
  test('given a small model, takes one', () => {
    expect(chooseThreads(49_000_000, 64)).toBe(1)
  })

  test('given a large model, takes the cores there are, and no more than may run', () => {
    expect(chooseThreads(400_000_000, 1)).toBe(1)
    expect(chooseThreads(400_000_000, 1_000)).toBe(availableParallelism())
    expect(chooseThreads(400_000_000, 0)).toBe(1)
  })
})

describe('chooseContext()', () => {
  test('given more than the model was trained for, takes that', () => {
    expect(chooseContext(headOfSm0l(), 4_096)).toBe(256)
    expect(chooseContext(headOfSm0l(), 100)).toBe(100)
  })
})

describe('countWeights()', () => {
  test('given sm0l, counts about half a million', () => {
    expect(countWeights(headOfSm0l())).toBe(541_568)
  })
})

describe('createSpeller()', () => {
  test('given characters of several tokens, gives each out whole', async () => {
    const engine = await openSm0l(SM0L)
    const text = 'Café 👩‍👩‍👧 東京!'
    const spell = createSpeller(engine.model)
    const pieces = engine.model.tokenize(text).map((token) => spell(token))
    await engine.dispose()
    expect(pieces.join('')).toBe(text)
    expect(pieces.some((piece) => piece.includes('\ufffd'))).toBe(false)
    expect(pieces).toContain('')
  })
})
