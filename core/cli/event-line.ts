import { renderReport } from '../datum/report.ts'
import type { Problem } from '../error.ts'
import type { BusEvent } from '../supervisor/bus.ts'
import type { Context } from './context.ts'

/** Passing states that say nothing to somebody who watches. */
const UNSAID = ['pending', 'starting', 'stopping']

/** What the foreground supervisor prints of an event; nothing for most. */
export function describeEvent(event: BusEvent, { cwd, terminal }: Context): string[] {
  const data = event.data as Record<string, unknown>
  switch (event.type) {
    case 'surface.state':
      return describeState(event.at, data)
    case 'surface.renewed':
      return [`${time(event.at)}  ${data.key} renewed: ${data.reason}`]
    case 'datum.applied':
      return [`${time(event.at)}  ${data.key}: ${data.change}, ${data.why}`]
    case 'datum.problems': {
      const problems = event.data as unknown as Problem[]
      return [renderReport(problems, { format: 'human', folder: cwd, colour: terminal.hasColour })]
    }
    case 'report':
      return [`${time(event.at)}  ${data.message}`]
    default:
      return []
  }
}

function describeState(at: string, { key, state, reason, pid }: Record<string, unknown>): string[] {
  const waits = state === 'pending' && reason !== 'checking requirements'
  if (UNSAID.includes(String(state)) && !waits) return []
  const details = [pid === undefined ? '' : `pid ${pid}`, reason ?? ''].filter(Boolean).join(', ')
  return [`${time(at)}  ${key} is ${state}${details ? ` (${details})` : ''}`]
}

function time(at: string): string {
  return at.slice(11, 19)
}
