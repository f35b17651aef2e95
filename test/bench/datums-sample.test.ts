import { readdir } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { sampleDatum, writeSampleDatums } from './datums-sample.ts'
import { makeScratch } from './scratch-home.ts'

describe('writeSampleDatums()', () => {
  test('given a count, writes so many files, 100 to a folder', async () => {
    await using scratch = await makeScratch()
    await writeSampleDatums(scratch.path, 250)
    const entries = await readdir(scratch.path, { recursive: true, withFileTypes: true })
    expect(entries.filter((entry) => entry.isDirectory())).toHaveLength(3)
    expect(entries.filter((entry) => entry.isFile())).toHaveLength(250)
  })
})

describe('sampleDatum()', () => {
  test('given any number, makes a name of its own', () => {
    const names = Array.from({ length: 50 }, (_, number) => sampleDatum(number).name)
    expect(new Set(names).size).toBe(50)
  })
})
