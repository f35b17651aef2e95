import type { Json } from '../surface/contract.ts'

/** Something that happened, as `b00t events` prints it. */
export interface BusEvent {
  /** Counts from 1 at each start of the supervisor. */
  readonly seq: number
  /** RFC 3339, UTC. */
  readonly at: string
  readonly type: string
  readonly data: Json
}

/** Tells subscribers what happens, and remembers the last of it. */
export interface Bus {
  emit(type: string, data: Json): void
  /** Calls back for each later event until the returned function is called. */
  subscribe(listener: (event: BusEvent) => void): () => void
  /** The events still remembered, oldest first. */
  recent(): readonly BusEvent[]
}

const REMEMBERED = 1000

/** A bus inside this process. A subscriber that throws is dropped and cannot hold up the others. */
export function createBus(now: () => Date): Bus {
  const listeners = new Set<(event: BusEvent) => void>()
  const remembered: BusEvent[] = []
  let seq = 0
  return {
    emit(type, data) {
      const event = { seq: ++seq, at: now().toISOString(), type, data }
      remembered.push(event)
      if (remembered.length > REMEMBERED) remembered.shift()
      for (const listener of listeners) {
        try {
          listener(event)
        } catch {
          listeners.delete(listener)
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    recent: () => remembered,
  }
}
