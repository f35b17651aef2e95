import { isIP } from 'node:net'
import { B00tError, type Datum, type Endpoint } from '#core'
import type { BackendTable } from './datum.gen.ts'

/** A backend is on this machine or elsewhere, never built in. */
interface BackendEndpoint extends Endpoint {
  readonly tier: 'local' | 'remote'
}

/**
 * What a backend datum offers to the router.
 *
 * @throws B00tError `BACKEND_NO_URL` for a datum without `port` and `url`, e.g. one that only describes a provider
 */
export function endpointOf({ table, file, name }: Datum<BackendTable>): BackendEndpoint {
  const url = table.url ?? (table.port && `http://127.0.0.1:${table.port}/v1`)
  if (!url) {
    throw new B00tError(
      'BACKEND_NO_URL',
      `Cannot use backend "${name}": the datum has neither port nor url in [b00t.backend]`,
      { at: { file }, hint: 'Add [b00t.backend] with port = … or url = "…".' },
    )
  }
  return {
    protocol: 'openai',
    url: withVersion(url),
    models: table.models ?? [],
    tier: isThisMachine(new URL(url).hostname) ? 'local' : 'remote',
    ...(table.key_env === undefined ? {} : { keyEnv: table.key_env }),
  }
}

/** An address without a path gets `/v1`, so that both spellings of a base URL work. */
function withVersion(url: string): string {
  const plain = url.replace(/\/+$/, '')
  return new URL(plain).pathname === '/' ? `${plain}/v1` : plain
}

function isThisMachine(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '')
  return plain === 'localhost' || plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}
