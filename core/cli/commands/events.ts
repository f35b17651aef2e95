import type { BusEvent } from '../../supervisor/bus.ts'
import { askSupervisor, followSupervisor } from '../../supervisor/client.ts'
import type { CommandRun, Context } from '../context.ts'

/** What has happened since the supervisor started, and with `--follow` what happens. */
export const events: CommandRun = async (context, _args, { follow }) => {
  const recent = await askSupervisor<BusEvent[]>(context.home, { path: '/v1/events' })
  if (context.json && follow !== true) {
    context.terminal.printJson(recent)
    return 0
  }
  for (const event of recent) print(context, event)
  if (follow !== true) return 0
  const path = '/v1/events?follow=1'
  for await (const event of followSupervisor<BusEvent>(context.home, path, context.signal)) {
    print(context, event)
  }
  return 0
}

function print({ terminal, json }: Context, event: BusEvent): void {
  terminal.print(
    json ? JSON.stringify(event) : `${event.at}  ${event.type}  ${JSON.stringify(event.data)}`,
  )
}
