import { existsSync } from 'node:fs'
import type { Host } from '#core'
import { lookOnce } from './explain.ts'
import { createKey } from './key-commands.ts'
import { keyFile } from './key-file.ts'
import { type Prospect, usableProspects } from './rank.ts'
import { keyVariables, soulFile } from './soul.ts'

/** Ends a quoted shell word, adds a quote and begins anew. */
const ESCAPED_QUOTE = "'\\''"

/**
 * Tells how to send the first request to a router at `url`.
 *
 * Where there has never been a key it makes one for consumer `local` and shows it, this one time.
 */
export async function welcomeLines(host: Host, url: string): Promise<readonly string[]> {
  const usable = usableProspects(await lookOnce(host))
  const model = firstModel(usable)
  const isFirst = !existsSync(keyFile(host.home))
  const token = isFirst ? (await createKey(host.home, { consumer: 'local' })).token : undefined
  const b00t = commandPrefix(host.environment)
  const key = token ?? `$(${b00t} server key create --consumer curl --expires 1d)`
  return [
    `Router: ${url}/v1`,
    token === undefined
      ? `Another key: ${b00t} server key create --consumer NAME`
      : `API key for consumer "local", shown only now: ${token}`,
    ...(model === undefined
      ? [`No backend answers yet; see why with: ${b00t} server explain MODEL`]
      : ['Try it:', `  ${curlLine({ url, model, key })}`]),
    ...(usable.some(isRealBackend) ? [] : [adviceLine(host.home)]),
  ]
}

function isRealBackend({ candidate }: Prospect): boolean {
  return candidate.kind === 'openai' && candidate.rank !== 'embedded'
}

function adviceLine(home: string): string {
  const names = keyVariables(home)
  const orKey = names.length === 0 ? '' : `, or set ${names.join(' or ')} before "up"`
  return `For a real model: name your server in ${soulFile(home)}${orKey}`
}

/** A command that works as pasted into a POSIX shell. */
function curlLine(call: {
  readonly url: string
  readonly model: string
  /** The token, or a command substitution that makes one. */
  readonly key: string
}): string {
  const body = { model: call.model, messages: [{ role: 'user', content: 'Say hello' }] }
  return [
    `curl ${call.url}/v1/chat/completions`,
    `-H "Authorization: Bearer ${call.key}"`,
    '-H "Content-Type: application/json"',
    `-d '${JSON.stringify(body).replaceAll("'", ESCAPED_QUOTE)}'`,
  ].join(' ')
}

/** How this b00t is called in a shell: from a checkout through npm, else by its name; with its home if that is special. */
function commandPrefix(environment: Host['environment']): string {
  const home = environment.B00T_HOME
  const isCheckout = environment.npm_lifecycle_event !== undefined
  return `${home ? `B00T_HOME=${quote(home)} ` : ''}${isCheckout ? 'npm run -s b00t --' : 'b00t'}`
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", ESCAPED_QUOTE)}'`
}

function firstModel(usable: readonly Prospect[]): string | undefined {
  const models = usable
    .filter(({ candidate }) => candidate.kind === 'openai')
    .flatMap(({ candidate, health }) => [
      ...(health.list?.map(({ id }) => id) ?? []),
      ...candidate.models,
    ])
  return models[0]
}
