import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addProduct,
  addTransposedProduct,
  type Matrix,
  multiplyTransposed,
  zeros,
} from './matrix.ts'

/** Whole numbers, so that sums are exact in any order. */
function makeMatrix(rows: number, columns: number, seed: number): Matrix {
  const data = zeros(rows, columns).data.map((_, index) => ((index * 31 + seed * 17) % 19) - 9)
  return { rows, columns, data }
}

const at = (matrix: Matrix, row: number, column: number): number =>
  matrix.data[row * matrix.columns + column] as number

const sizes = fc.tuple(
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }),
)

function expectEntries(found: Matrix, entry: (row: number, column: number) => number): void {
  const wanted = Array.from(found.data, (_, index) =>
    entry(Math.floor(index / found.columns), index % found.columns),
  )
  expect([...found.data]).toEqual(wanted)
}

function total(length: number, term: (index: number) => number): number {
  return Array.from({ length }, (_, index) => term(index)).reduce((sum, value) => sum + value, 0)
}

describe('multiplyTransposed()', () => {
  test('given any sizes, gives the sums of products', () => {
    fc.assert(
      fc.property(sizes, ([rows, inner, columns]) => {
        const [x, w] = [makeMatrix(rows, inner, 1), makeMatrix(columns, inner, 2)]
        expectEntries(multiplyTransposed(x, w), (row, column) =>
          total(inner, (i) => at(x, row, i) * at(w, column, i)),
        )
      }),
    )
  })
})

describe('addProduct()', () => {
  test('given any sizes, adds the sums of products to what is there', () => {
    fc.assert(
      fc.property(sizes, ([rows, outer, inner]) => {
        const [c, w] = [makeMatrix(rows, outer, 3), makeMatrix(outer, inner, 4)]
        const into = makeMatrix(rows, inner, 5)
        addProduct(into, c, w)
        const before = makeMatrix(rows, inner, 5)
        expectEntries(
          into,
          (row, i) => at(before, row, i) + total(outer, (o) => at(c, row, o) * at(w, o, i)),
        )
      }),
    )
  })
})

describe('addTransposedProduct()', () => {
  test('given any sizes, adds the sums over the rows', () => {
    fc.assert(
      fc.property(sizes, ([rows, outer, inner]) => {
        const [c, x] = [makeMatrix(rows, outer, 6), makeMatrix(rows, inner, 7)]
        const into = zeros(outer, inner)
        addTransposedProduct(into, c, x)
        expectEntries(into, (o, i) => total(rows, (row) => at(c, row, o) * at(x, row, i)))
      }),
    )
  })
})
