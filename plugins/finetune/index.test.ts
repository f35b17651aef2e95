import { describe, expect, test } from 'vitest'
import finetune from './index.ts'

describe('finetune plugin', () => {
  test('given its errors, prefixes each with its type', () => {
    const codes = Object.keys(finetune.errors ?? {})
    expect(codes.length).toBeGreaterThan(0)
    expect(codes.filter((code) => !code.startsWith('FINETUNE_'))).toEqual([])
  })

  test('given its commands, offers finetune run', () => {
    expect(finetune.commands?.map(({ path }) => path.join(' '))).toEqual(['finetune run'])
  })
})
