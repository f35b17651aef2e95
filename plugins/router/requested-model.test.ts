import { describe, expect, test } from 'vitest'
import { type ModelQuestion, needsModel, readModel } from './requested-model.ts'

function read(question: Partial<Omit<ModelQuestion, 'body'>> & { body?: string }): unknown {
  const empty = { contentType: undefined, contentEncoding: undefined }
  const body = question.body === undefined ? undefined : Buffer.from(question.body)
  return readModel({ method: 'POST', route: 'x', query: '', ...empty, ...question, body })
}

const form = 'multipart/form-data; charset=x; boundary="b"'

describe('readModel()', () => {
  test('given JSON, path and query, acts on the JSON and names them all', () => {
    expect(
      read({ body: '{"model":"a"}', route: 'models/b%2Fc', query: 'model=d&model=e' }),
    ).toEqual({
      model: 'a',
      named: ['a', 'b/c', 'd', 'e'],
    })
  })

  test('given no body, acts on the path, then on the query', () => {
    expect(read({ route: 'models/b/' })).toEqual({ model: 'b', named: ['b'] })
    expect(read({ query: 'model=d' })).toEqual({ model: 'd', named: ['d'] })
    expect(read({ route: 'models/%zz' })).toEqual({ model: '%zz', named: ['%zz'] })
    expect(read({})).toEqual({ named: [] })
  })

  test('given form fields, acts on the last model that is no file and names them all', () => {
    const part = (head: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`
    const body = [
      part('name="file"; filename="model"', '--not-the-boundary'),
      part('name="model"; filename="f"', 'no'),
      part('name="the-model"', 'no'),
      part('name="model"', 'one'),
      part('name=model', 'two'),
      '--b--\r\n',
    ].join('')
    expect(read({ contentType: form, body })).toEqual({
      model: 'two',
      named: ['no', 'one', 'two'],
    })
  })

  test('given URL-encoded fields or JSON that is called so, reads both', () => {
    const contentType = 'application/x-www-form-urlencoded'
    expect(read({ contentType, body: 'x=1&m%6fdel=a' })).toEqual({ model: 'a', named: ['a'] })
    expect(read({ contentType, body: '{"model":"a"}' })).toEqual({ model: 'a', named: ['a'] })
    expect(read({ contentType, body: '{"model":"a","x":"&model=b&"}' })).toEqual({
      model: 'a',
      named: ['a', 'b'],
    })
  })

  test('given a body it cannot look into, is not sure', () => {
    const body = '{"model":"a"}'
    const unsure = { named: [], problem: 'unsure' }
    expect(read({ contentEncoding: 'gzip', body })).toEqual(unsure)
    expect(read({ contentType: form, body })).toEqual(unsure)
    expect(read({ contentType: `application/json, ${form}`, body })).toEqual(unsure)
  })

  test('given a JSON route, reads JSON whatever the content type says', () => {
    const question = { contentType: form, body: '{"model":"a"}' }
    for (const route of ['chat/completions', 'embeddings/', 'responses', 'messages']) {
      expect(read({ ...question, route })).toEqual({ model: 'a', named: ['a'] })
    }
  })

  test('given a body without a model, is not sure of the one in the query', () => {
    expect(read({ body: '{}', query: 'model=a' })).toEqual({
      model: 'a',
      named: ['a'],
      problem: 'unsure',
    })
  })

  test('given a body that is wrong, says how', () => {
    expect(read({ body: '{x' })).toEqual({ named: [], problem: 'invalid_json' })
    expect(read({ body: '[]' })).toEqual({ named: [], problem: 'not_an_object' })
    expect(read({ body: '{"model":[]}' })).toEqual({ named: [null], problem: 'not_a_string' })
  })
})

describe('needsModel()', () => {
  test('given a completion or embeddings request, is true, otherwise false', () => {
    expect(needsModel('POST', 'chat/completions')).toBe(true)
    expect(needsModel('POST', 'embeddings/')).toBe(true)
    expect(needsModel('GET', 'chat/completions')).toBe(false)
    expect(needsModel('POST', 'responses')).toBe(false)
  })
})
