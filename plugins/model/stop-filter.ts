/** Passes text on until one of the stop texts appears. */
export interface StopFilter {
  /** The part of all text so far that is safe to show and was not shown yet. */
  push(text: string): string
  /** What is still held back; nothing after a stop. */
  flush(): string
  /** Whether a stop text was seen; it and all text behind it are never shown. */
  readonly stopped: boolean
}

/** A filter for the given stop texts; none of them may be empty. */
export function createStopFilter(stops: readonly string[]): StopFilter {
  let held = ''
  let stopped = false
  return {
    get stopped() {
      return stopped
    },
    push(text) {
      if (stopped) return ''
      held += text
      const found = firstStop(held, stops)
      stopped = found !== undefined
      const end = found ?? held.length - openLength(held, stops)
      const shown = held.slice(0, end)
      held = stopped ? '' : held.slice(end)
      return shown
    },
    flush() {
      const rest = held
      held = ''
      return rest
    },
  }
}

function firstStop(text: string, stops: readonly string[]): number | undefined {
  const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0)
  return places.sort((a, b) => a - b)[0]
}

/** Length of the longest end of the text with which a stop text may begin. */
function openLength(text: string, stops: readonly string[]): number {
  const longest = stops.reduce((most, stop) => Math.max(most, stop.length - 1), 0)
  for (let length = Math.min(longest, text.length); length > 0; length -= 1) {
    const end = text.slice(-length)
    if (stops.some((stop) => stop.startsWith(end))) return length
  }
  return 0
}
