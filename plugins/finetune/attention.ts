import { type Matrix, zeros, zerosLike } from './matrix.ts'

/** How heads are laid out and where the sequences of a batch begin. */
export interface AttentionShape {
  readonly heads: number
  /** Heads of keys and values; each serves `heads / keyHeads` query heads. */
  readonly keyHeads: number
  readonly headSize: number
  /** First row of each sequence, and at the end the number of rows. */
  readonly starts: readonly number[]
}

/** Queries (rows × heads · headSize), keys and values (rows × keyHeads · headSize). */
export interface AttentionInput {
  readonly q: Matrix
  readonly k: Matrix
  readonly v: Matrix
}

/** Result and what the backward pass needs of it. */
export interface AttentionTrace extends AttentionInput {
  readonly output: Matrix
  /** One square matrix per sequence and head, sequence by sequence; a row sums to 1. */
  readonly weights: Float32Array
}

/** One head of one sequence: which rows and columns it reads, and where its weights stand. */
interface Lane {
  readonly start: number
  readonly length: number
  readonly queryColumn: number
  readonly keyColumn: number
  readonly weightsAt: number
}

function listLanes(shape: AttentionShape): Lane[] {
  const lanes: Lane[] = []
  const group = shape.heads / shape.keyHeads
  let weightsAt = 0
  for (let sequence = 0; sequence + 1 < shape.starts.length; sequence += 1) {
    const start = shape.starts[sequence] as number
    const length = (shape.starts[sequence + 1] as number) - start
    for (let head = 0; head < shape.heads; head += 1) {
      const keyColumn = Math.floor(head / group) * shape.headSize
      lanes.push({ start, length, queryColumn: head * shape.headSize, keyColumn, weightsAt })
      weightsAt += length * length
    }
  }
  return lanes
}

/** Lets each row look at itself and the rows before it in its own sequence. */
export function forwardAttention(input: AttentionInput, shape: AttentionShape): AttentionTrace {
  const lanes = listLanes(shape)
  const last = lanes.at(-1)
  const size = last === undefined ? 0 : last.weightsAt + last.length ** 2
  const trace = { ...input, output: zerosLike(input.q), weights: new Float32Array(size) }
  for (const lane of lanes) {
    for (let row = 0; row < lane.length; row += 1) {
      weighRow(trace, lane, { row, size: shape.headSize })
      mixRow(trace, lane, { row, size: shape.headSize })
    }
  }
  return trace
}

interface At {
  /** Row inside the lane. */
  readonly row: number
  /** Entries per head. */
  readonly size: number
}

function weighRow(trace: AttentionTrace, lane: Lane, { row, size }: At): void {
  const { q, k, weights } = trace
  const from = (lane.start + row) * q.columns + lane.queryColumn
  const into = lane.weightsAt + row * lane.length
  const scale = 1 / Math.sqrt(size)
  let highest = Number.NEGATIVE_INFINITY
  for (let past = 0; past <= row; past += 1) {
    const key = (lane.start + past) * k.columns + lane.keyColumn
    let score = 0
    for (let i = 0; i < size; i += 1) {
      score += (q.data[from + i] as number) * (k.data[key + i] as number)
    }
    weights[into + past] = score * scale
    highest = Math.max(highest, score * scale)
  }
  let total = 0
  for (let past = 0; past <= row; past += 1) {
    const weight = Math.exp((weights[into + past] as number) - highest)
    weights[into + past] = weight
    total += weight
  }
  for (let past = 0; past <= row; past += 1) {
    weights[into + past] = (weights[into + past] as number) / total
  }
}

function mixRow(trace: AttentionTrace, lane: Lane, { row, size }: At): void {
  const { v, output, weights } = trace
  const into = (lane.start + row) * output.columns + lane.queryColumn
  for (let past = 0; past <= row; past += 1) {
    const weight = weights[lane.weightsAt + row * lane.length + past] as number
    const value = (lane.start + past) * v.columns + lane.keyColumn
    for (let i = 0; i < size; i += 1) {
      output.data[into + i] =
        (output.data[into + i] as number) + weight * (v.data[value + i] as number)
    }
  }
}

/** Gradients of the attention's inputs, given the gradient of its output. */
export function backwardAttention(
  trace: AttentionTrace,
  shape: AttentionShape,
  output: Matrix,
): AttentionInput {
  const flow = {
    q: zerosLike(trace.q),
    k: zerosLike(trace.k),
    v: zerosLike(trace.v),
    output,
    scratch: zeros(1, output.rows).data,
  }
  for (const lane of listLanes(shape)) {
    for (let row = 0; row < lane.length; row += 1) {
      backwardRow(trace, flow, { lane, row, size: shape.headSize })
    }
  }
  return flow
}

interface Flow extends AttentionInput {
  readonly output: Matrix
  /** One entry per past row, used anew for each row. */
  readonly scratch: Float32Array
}

function backwardRow(trace: AttentionTrace, flow: Flow, at: At & { lane: Lane }): void {
  const { lane, row, size } = at
  const from = (lane.start + row) * flow.output.columns + lane.queryColumn
  const weightsAt = lane.weightsAt + row * lane.length
  let mean = 0
  for (let past = 0; past <= row; past += 1) {
    const value = (lane.start + past) * trace.v.columns + lane.keyColumn
    const weight = trace.weights[weightsAt + past] as number
    let pull = 0
    for (let i = 0; i < size; i += 1) {
      const push = flow.output.data[from + i] as number
      pull += push * (trace.v.data[value + i] as number)
      flow.v.data[value + i] = (flow.v.data[value + i] as number) + weight * push
    }
    flow.scratch[past] = pull
    mean += pull * weight
  }
  const scale = 1 / Math.sqrt(size)
  for (let past = 0; past <= row; past += 1) {
    const weight = trace.weights[weightsAt + past] as number
    const score = weight * ((flow.scratch[past] as number) - mean) * scale
    const key = (lane.start + past) * trace.k.columns + lane.keyColumn
    for (let i = 0; i < size; i += 1) {
      flow.q.data[from + i] =
        (flow.q.data[from + i] as number) + score * (trace.k.data[key + i] as number)
      flow.k.data[key + i] =
        (flow.k.data[key + i] as number) + score * (trace.q.data[from + i] as number)
    }
  }
}
