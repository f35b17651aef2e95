/** Numbers in rows, row after row: entry (r, c) stands at `r * columns + c`. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly data: Float32Array
}

/** A matrix of zeros. */
export function zeros(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float32Array(rows * columns) }
}

/** A matrix of zeros with the shape of another. */
export function zerosLike(other: Matrix): Matrix {
  return zeros(other.rows, other.columns)
}

/** `left + right`, both of the same shape. */
export function sum(left: Matrix, right: Matrix): Matrix {
  const result = zerosLike(left)
  for (let index = 0; index < result.data.length; index += 1) {
    result.data[index] = (left.data[index] as number) + (right.data[index] as number)
  }
  return result
}

/**
 * `x · wᵀ`, the forward pass of a linear layer.
 *
 * Works on tiles of 4 × 2, measured at 3.9 GFLOP/s against 2.2 for tiles of 4 × 1 (one core, Node 24).
 *
 * @param x - rows × inner
 * @param w - columns × inner
 * @returns rows × columns
 */
export function multiplyTransposed(x: Matrix, w: Matrix): Matrix {
  const y = zeros(x.rows, w.rows)
  const wholeRows = x.rows - (x.rows % 4)
  const wholeColumns = w.rows - (w.rows % 2)
  for (let row = 0; row < wholeRows; row += 4) {
    for (let column = 0; column < wholeColumns; column += 2) tile(x, w, { y, row, column })
  }
  for (let row = 0; row < x.rows; row += 1) {
    const from = row < wholeRows ? wholeColumns : 0
    for (let column = from; column < w.rows; column += 1) {
      y.data[row * w.rows + column] = dot(x, w, { row, column })
    }
  }
  return y
}

function dot(x: Matrix, w: Matrix, at: { row: number; column: number }): number {
  const inner = x.columns
  let total = 0
  for (let i = 0; i < inner; i += 1) {
    total += (x.data[at.row * inner + i] as number) * (w.data[at.column * inner + i] as number)
  }
  return total
}

function tile(x: Matrix, w: Matrix, at: { y: Matrix; row: number; column: number }): void {
  const inner = x.columns
  const a = x.data
  const b = w.data
  const [r0, c0] = [at.row * inner, at.column * inner]
  const [r1, r2, r3, c1] = [r0 + inner, r0 + 2 * inner, r0 + 3 * inner, c0 + inner]
  let [s00, s10, s20, s30, s01, s11, s21, s31] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let i = 0; i < inner; i += 1) {
    const v = b[c0 + i] as number
    const u = b[c1 + i] as number
    const p = a[r0 + i] as number
    const q = a[r1 + i] as number
    const r = a[r2 + i] as number
    const s = a[r3 + i] as number
    s00 += p * v
    s10 += q * v
    s20 += r * v
    s30 += s * v
    s01 += p * u
    s11 += q * u
    s21 += r * u
    s31 += s * u
  }
  const width = at.y.columns
  const first = at.row * width + at.column
  const y = at.y.data
  y[first] = s00
  y[first + 1] = s01
  y[first + width] = s10
  y[first + width + 1] = s11
  y[first + 2 * width] = s20
  y[first + 2 * width + 1] = s21
  y[first + 3 * width] = s30
  y[first + 3 * width + 1] = s31
}

/** `into += c · w`: what a linear layer hands back to its input. `c` is rows × outer, `w` outer × inner. */
export function addProduct(into: Matrix, c: Matrix, w: Matrix): void {
  accumulate({ into, w }, { data: c.data, outer: c.columns, rowStep: c.columns, outerStep: 1 })
}

/** `into += cᵀ · x`: the gradient of a linear layer's weight. `c` is rows × outer, `x` rows × inner. */
export function addTransposedProduct(into: Matrix, c: Matrix, x: Matrix): void {
  accumulate({ into, w: x }, { data: c.data, outer: c.rows, rowStep: 1, outerStep: c.columns })
}

/** How to walk the coefficients: entry (row, outer) stands at `row * rowStep + outer * outerStep`. */
interface Coefficients {
  readonly data: Float32Array
  readonly outer: number
  readonly rowStep: number
  readonly outerStep: number
}

function accumulate(target: { into: Matrix; w: Matrix }, c: Coefficients): void {
  const { into } = target
  const wholeRows = into.rows - (into.rows % 2)
  const wholeOuter = c.outer - (c.outer % 4)
  for (let row = 0; row < wholeRows; row += 2) {
    for (let outer = 0; outer < wholeOuter; outer += 4) addFour(target, c, { row, outer })
  }
  for (let row = 0; row < into.rows; row += 1) {
    for (let outer = row < wholeRows ? wholeOuter : 0; outer < c.outer; outer += 1) {
      addOne(target, c, { row, outer })
    }
  }
}

interface Step {
  readonly row: number
  readonly outer: number
}

function addOne(target: { into: Matrix; w: Matrix }, c: Coefficients, at: Step): void {
  const width = target.into.columns
  const y = target.into.data
  const w = target.w.data
  const factor = c.data[at.row * c.rowStep + at.outer * c.outerStep] as number
  for (let i = 0; i < width; i += 1) {
    y[at.row * width + i] =
      (y[at.row * width + i] as number) + factor * (w[at.outer * width + i] as number)
  }
}

function addFour(target: { into: Matrix; w: Matrix }, c: Coefficients, at: Step): void {
  const width = target.into.columns
  const y = target.into.data
  const w = target.w.data
  const [y0, w0, c0] = [
    at.row * width,
    at.outer * width,
    at.row * c.rowStep + at.outer * c.outerStep,
  ]
  const [y1, w1, w2, w3] = [y0 + width, w0 + width, w0 + 2 * width, w0 + 3 * width]
  const [c1, d] = [c0 + c.outerStep, c.data]
  const [c2, c3, down] = [c1 + c.outerStep, c1 + 2 * c.outerStep, c.rowStep]
  const [a0, a1, a2, a3] = [d[c0], d[c1], d[c2], d[c3]] as [number, number, number, number]
  const [b0, b1, b2, b3] = [d[c0 + down], d[c1 + down], d[c2 + down], d[c3 + down]] as [
    number,
    number,
    number,
    number,
  ]
  for (let i = 0; i < width; i += 1) {
    const p = w[w0 + i] as number
    const q = w[w1 + i] as number
    const r = w[w2 + i] as number
    const s = w[w3 + i] as number
    y[y0 + i] = (y[y0 + i] as number) + a0 * p + a1 * q + a2 * r + a3 * s
    y[y1 + i] = (y[y1 + i] as number) + b0 * p + b1 * q + b2 * r + b3 * s
  }
}
