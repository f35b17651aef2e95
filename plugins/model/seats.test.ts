import { describe, expect, test } from 'vitest'
import { describeFailure } from './refusal.ts'
import { createSeats } from './seats.ts'

const open = new AbortController().signal

describe('createSeats()', () => {
  test('given all seats taken, hands a returned one to whoever waited longest', async () => {
    const seats = createSeats(['a'], 2)
    const first = await seats.take(open)
    const order: string[] = []
    const second = seats.take(open).then((seat) => order.push(`second ${seat}`))
    const third = seats.take(open).then((seat) => order.push(`third ${seat}`))
    seats.give(first)
    await second
    seats.give('a')
    await third
    expect(order).toEqual(['second a', 'third a'])
  })

  test('given a full queue, refuses with 429', async () => {
    const seats = createSeats(['a'], 0)
    await seats.take(open)
    const refused = await seats.take(open).catch((error) => error)
    expect(describeFailure(refused)).toMatchObject({
      status: 429,
      body: { error: { type: 'rate_limit_error', code: 'queue_full' } },
    })
  })

  test('given a caller that gives up, passes the seat by it', async () => {
    const seats = createSeats(['a'], 2)
    const first = await seats.take(open)
    const leaving = new AbortController()
    const left = seats.take(leaving.signal)
    const stayed = seats.take(open)
    leaving.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    seats.give(first)
    expect(await stayed).toBe('a')
  })

  test('given a caller that had gone before, gives it nothing', async () => {
    const seats = createSeats(['a'], 0)
    await expect(seats.take(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
    expect(await seats.take(open)).toBe('a')
  })
})
