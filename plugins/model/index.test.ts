import { describe, expect, test } from 'vitest'
import model from './index.ts'

describe('model plugin', () => {
  test('given its errors, prefixes each with its type', () => {
    const codes = Object.keys(model.errors ?? {})
    expect(codes.length).toBeGreaterThan(0)
    expect(codes.filter((code) => !code.startsWith('MODEL_'))).toEqual([])
  })

  test('given its commands, offers to verify and inspect model files', () => {
    const paths = model.commands?.map(({ path }) => path.join(' '))
    expect(paths).toEqual(['gguf verify', 'gguf inspect'])
  })
})
