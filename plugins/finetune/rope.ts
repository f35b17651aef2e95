import type { Matrix } from './matrix.ts'

/** Base of the rotation frequencies; the model file states the same number. */
export const ROPE_BASE = 10_000

/** Sines and cosines by position: entry (position, pair) stands at `position * pairs + pair`. */
export interface RopeTable {
  /** Half the width of a head, since entries are rotated two by two. */
  readonly pairs: number
  readonly cosine: Float32Array
  readonly sine: Float32Array
}

/** Angles for positions 0 to `context - 1` and heads of `headSize` entries. */
export function createRope(context: number, headSize: number): RopeTable {
  const pairs = headSize / 2
  const cosine = new Float32Array(context * pairs)
  const sine = new Float32Array(context * pairs)
  for (let position = 0; position < context; position += 1) {
    for (let pair = 0; pair < pairs; pair += 1) {
      const angle = position / ROPE_BASE ** ((2 * pair) / headSize)
      cosine[position * pairs + pair] = Math.cos(angle)
      sine[position * pairs + pair] = Math.sin(angle)
    }
  }
  return { pairs, cosine, sine }
}

/**
 * Rotates neighbouring entries of every head by the angle of the row's position, in place.
 *
 * @param positions - one per row of `x`
 * @param direction - 1 for the forward pass, -1 to undo it in the backward pass
 */
export function rotate(
  x: Matrix,
  table: RopeTable,
  turn: { positions: Int32Array; direction: 1 | -1 },
): void {
  const { pairs } = table
  for (let row = 0; row < x.rows; row += 1) {
    const angles = (turn.positions[row] as number) * pairs
    for (let at = row * x.columns, pair = 0; at < (row + 1) * x.columns; at += 2) {
      const cosine = table.cosine[angles + pair] as number
      const sine = (table.sine[angles + pair] as number) * turn.direction
      const even = x.data[at] as number
      const odd = x.data[at + 1] as number
      x.data[at] = even * cosine - odd * sine
      x.data[at + 1] = even * sine + odd * cosine
      pair = pair + 1 === pairs ? 0 : pair + 1
    }
  }
}
