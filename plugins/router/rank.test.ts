import { describe, expect, test } from 'vitest'
import type { Candidate } from './candidate.ts'
import { joinModelLists } from './model-list.ts'
import { type Health, type Prospect, rankEndpoints, usableProspects } from './rank.ts'

let nextPort = 9000

function prospect(
  name: string,
  more: Partial<Candidate> & { lists?: readonly string[]; usable?: boolean; url?: string } = {},
): Prospect {
  const { lists, usable = true, url = `http://127.0.0.1:${nextPort++}/v1`, ...candidate } = more
  const health: Health = {
    usable,
    why: usable ? 'fine' : 'nothing listens there',
    url,
    ...(lists ? { list: lists.map((id) => ({ id })) } : {}),
  }
  const base = { name, rank: 'local', kind: 'openai', urls: [url], models: [] } as const
  return { candidate: { ...base, ...candidate }, health }
}

function rank(prospects: readonly Prospect[], model?: string, embeddings = false) {
  const ranking = rankEndpoints(prospects, { embeddings, ...(model ? { model } : {}) })
  return { ...ranking, name: ranking.chosen?.candidate.name }
}

describe('rankEndpoints()', () => {
  test('given a model that a later one lists, chooses that one and says why', () => {
    const down = prospect('down', { usable: false, lists: ['m'] })
    const ranking = rank(
      [down, prospect('a', { lists: ['x'] }), prospect('b', { lists: ['m'] })],
      'm',
    )
    expect(ranking.name).toBe('b')
    expect(ranking.rows.map(({ name, verdict, reason }) => [name, verdict, reason])).toEqual([
      ['down', 'skipped', 'nothing listens there'],
      ['a', 'usable', 'does not list "m"'],
      ['b', 'chosen', 'first in order that lists "m"'],
    ])
  })

  test('given a model that none lists, chooses the first usable one', () => {
    const ranking = rank([prospect('a', { lists: [] }), prospect('b', { rank: 'remote' })], 'm')
    expect(ranking).toMatchObject({ name: 'a', isListed: false })
    expect(ranking.rows[1]?.reason).toBe('its model list is not known yet')
  })

  test('given a model that a datum declares, counts it as listed', () => {
    expect(rank([prospect('a'), prospect('b', { models: ['m'] })], 'm').name).toBe('b')
  })

  test('given an override, considers nothing else, even if it is wrong', () => {
    const override = prospect('override', { rank: 'override', usable: false })
    const ranking = rank([override, prospect('a', { lists: ['m'] })], 'm')
    expect(ranking.name).toBeUndefined()
    expect(ranking.rows[0]).toMatchObject({ verdict: 'skipped', reason: 'nothing listens there' })
    expect(ranking.rows[1]).toMatchObject({ verdict: 'skipped' })
  })

  test('given an embeddings server, sends it embeddings and nothing it does not list', () => {
    const embedder = prospect('e', { kind: 'embeddings', lists: ['vec'] })
    const chat = prospect('c', { lists: ['m'] })
    expect(rank([embedder, chat], 'other').name).toBe('c')
    expect(rank([chat, embedder], 'other', true).name).toBe('e')
    expect(rank([chat, embedder], 'vec').name).toBe('e')
    expect(rank([embedder], 'other').name).toBeUndefined()
  })

  test('given one address twice, uses it once', () => {
    const twins = [
      prospect('a', { url: 'http://127.0.0.1:1/v1' }),
      prospect('b', { url: 'http://localhost:1/v1' }),
    ]
    expect(usableProspects(twins).map(({ candidate }) => candidate.name)).toEqual(['a'])
    expect(rank(twins).rows[1]?.reason).toBe('it is the same address as a')
  })

  test('given nothing usable, chooses nobody', () => {
    expect(rank([prospect('a', { usable: false })], 'm').chosen).toBeUndefined()
    expect(rank([], 'm').rows).toEqual([])
  })
})

describe('joinModelLists()', () => {
  test('given two lists, joins them without doubles and within the scope of the key', () => {
    const key = { id: 'k', consumer: 'c', prefix: '', hash: '', created: '', models: ['m*', 'd'] }
    const first = prospect('a', { lists: ['m1', 'x'], models: ['d'] })
    const second = prospect('b', { lists: ['m1', 'm2'] })
    const owned = {
      ...second,
      health: { ...second.health, list: [{ id: 'm2', owned_by: 'them' }] },
    }
    expect(joinModelLists([first, owned], key).data).toEqual([
      { id: 'm1', object: 'model', created: 0, owned_by: 'a' },
      { id: 'd', object: 'model', created: 0, owned_by: 'a' },
      { id: 'm2', object: 'model', created: 0, owned_by: 'them' },
    ])
  })
})
