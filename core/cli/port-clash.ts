import type { Datum } from '../datum/datum.ts'
import { placeOf } from '../datum/read.ts'
import type { Problem } from '../error.ts'
import type { Registry } from '../supervisor/registry.ts'
import type { Host } from '../surface/plugin.ts'

/** A port that a datum with `autostart = true` asks for. */
interface Claim {
  readonly datum: Datum
  readonly port: number
  readonly host: string
}

const EVERYWHERE: readonly string[] = ['0.0.0.0', '::']

/** Warnings about ports that two datums with `autostart = true` ask for: only one of them can run. */
export function findPortClashes(
  datums: readonly Datum[],
  registry: Registry,
  host: Host,
): Problem[] {
  const claims = datums
    .filter((datum) => datum.autostart && registry.isRunnable(datum))
    .flatMap((datum) => claimsOf(datum, registry, host))
  return claims.flatMap((claim, index) => {
    const other = claims.slice(0, index).find((earlier) => isSame(earlier, claim))
    return other ? [clash(other, claim)] : []
  })
}

function claimsOf(datum: Datum, registry: Registry, world: Host): Claim[] {
  try {
    const requirements = registry.define(datum, world).surface.requirements()
    return requirements.flatMap((needs) =>
      needs.kind === 'port' && needs.port !== 0
        ? [{ datum, port: needs.port, host: needs.host ?? '0.0.0.0' }]
        : [],
    )
  } catch {
    return [] // What cannot be made is told elsewhere.
  }
}

function isSame(a: Claim, b: Claim): boolean {
  const meet = a.host === b.host || [a.host, b.host].some((host) => EVERYWHERE.includes(host))
  return a.datum !== b.datum && a.port === b.port && meet
}

function clash(first: Claim, second: Claim): Problem {
  const { datum, port } = second
  return {
    severity: 'warning',
    code: 'PORT_CLASH',
    message: `${first.datum.key} and ${datum.key} both start by themselves on port ${port}: one of them will be blocked`,
    at: placeOf(datum, '/b00t/autostart'),
    hint: 'Give one of them another port, or take its `autostart` away.',
  }
}
