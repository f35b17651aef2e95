import { describe, expect, test } from 'vitest'
import { listCandidates, type SurfaceEndpoint } from './candidate.ts'
import { parseSoul } from './soul.ts'

const soul = parseSoul(
  's',
  `
[[backends.local]]
name = "here"
port = 8080
[[backends.local]]
name = "there"
port = 8081
host = "::2"
enabled = false
[[backends.local]]
name = "dynamic"
port = 0
[[backends.remote]]
name = "far"
key_env = "FAR_API_KEY"
base_url = "https://far.example/"
`,
)

function surface(name: string, more: Partial<SurfaceEndpoint> = {}): SurfaceEndpoint {
  const base = {
    protocol: 'openai',
    url: 'http://localhost/v1',
    models: [],
    tier: 'local',
  } as const
  return { surface: name, ...base, ...more }
}

const list = (environment: Record<string, string>, surfaces: readonly SurfaceEndpoint[] = []) =>
  listCandidates({ environment, soul, surfaces })

describe('listCandidates()', () => {
  test('given everything, puts override, local, remote and embedded in this order', () => {
    const surfaces = [
      surface('toy', { tier: 'embedded', socketPath: '/s' }),
      surface('cloud', { tier: 'remote', keyEnv: 'CLOUD_API_KEY' }),
      surface('box'),
      surface('tools', { protocol: 'mcp' }),
      surface('router', { protocol: 'router' }),
    ]
    const names = list({ B00T_SERVER_UPSTREAM_URL: 'http://h:1' }, surfaces).map(
      ({ rank, name, unusable }) => `${rank} ${name}${unusable ? ` (${unusable})` : ''}`,
    )
    expect(names).toEqual([
      'override override',
      'local box',
      'local here',
      'local there (it is switched off in the soul)',
      'local dynamic (port 0 is only known while it runs; write the port into the soul)',
      'remote cloud (CLOUD_API_KEY is not set)',
      'remote far (FAR_API_KEY is not set)',
      'embedded toy',
    ])
  })

  test('given hosts and base URLs, makes the URLs to ask', () => {
    const [here, there, , far] = list({ FAR_API_KEY: 'k' })
    expect(here?.urls).toEqual(['http://127.0.0.1:8080/v1', 'http://[::1]:8080/v1'])
    expect(there?.urls).toEqual(['http://[::2]:8081/v1'])
    expect(far).toMatchObject({ urls: ['https://far.example/v1'], keyEnv: 'FAR_API_KEY' })
    expect(far?.unusable).toBeUndefined()
    expect(JSON.stringify(far)).not.toContain('"k"')
  })
})

describe('the override in listCandidates()', () => {
  test.each([
    ['http://h:1', ['http://h:1/v1']],
    [' https://h/api/v3/ ', ['https://h/api/v3']],
  ])('given the override %j, asks there', (url, urls) => {
    const [override] = list({ B00T_SERVER_UPSTREAM_URL: url, B00T_SERVER_UPSTREAM_KEY: ' ' })
    expect(override).toMatchObject({ rank: 'override', urls })
    expect(override?.keyEnv).toBeUndefined()
  })

  test.each([
    ['nonsense', 'is not a URL'],
    ['ftp://h/v1', 'does not start with http:// or https://'],
    ['http://user:pw@h/v1', 'must not hold a user name or password'],
    ['http://h/v1?a=b', 'must not have a query ("?")'],
    ['http://h/v1#x', 'must not have a fragment ("#")'],
  ])('given the wrong override %s, keeps it as unusable and says that it %s', (url, fault) => {
    expect(list({ B00T_SERVER_UPSTREAM_URL: url })[0]).toMatchObject({
      rank: 'override',
      unusable: `B00T_SERVER_UPSTREAM_URL ${fault}`,
    })
  })

  test('given an empty override, has none', () => {
    expect(list({ B00T_SERVER_UPSTREAM_URL: '  ' })[0]?.rank).toBe('local')
  })
})
