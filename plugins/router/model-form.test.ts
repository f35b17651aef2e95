import { describe, expect, test } from 'vitest'
import { readBoundary, readForm } from './model-form.ts'

describe('readBoundary()', () => {
  test.each([
    ['multipart/form-data; boundary=a', 'a'],
    ['Multipart/Form-Data;boundary="a b"; charset=utf-8', 'a b'],
    ['multipart/form-data; boundary=a; x-boundary=b', 'a'],
    ['multipart/form-data; x="; boundary=b"; boundary=a', 'a'],
    ['multipart/form-data; boundary=a; boundary=b', undefined],
    ['multipart/form-data; boundary=a; Boundary=a', undefined],
    ['multipart/form-data; boundary*0=a', undefined],
    ['multipart/form-data; boundary=a; boundary*1=b', undefined],
    ['multipart/form-data; boundary=a, multipart/form-data; boundary=b', undefined],
    ['multipart/form-data; boundary="a\\b"', undefined],
    ['multipart/form-data; boundary=', undefined],
    [`multipart/form-data; boundary=${'a'.repeat(71)}`, undefined],
    ['multipart/form-data', undefined],
    ['multipart/mixed; boundary=a', undefined],
  ])('given %s, finds %s', (contentType, boundary) => {
    expect(readBoundary(contentType)).toBe(boundary)
  })
})

const read = (body: string) => readForm('multipart/form-data; boundary=b', Buffer.from(body))
const part = (head: string, value = 'x') => `--b\r\n${head}\r\n\r\n${value}\r\n`
const model = 'content-disposition: form-data; name="model"'

describe('readForm()', () => {
  test('given fields, acts on the last model and names all that are alike', () => {
    const body = [
      part('Content-Disposition: form-data; name="file"; filename="a\u00fc\u3042.wav"', '\r\n--c'),
      part('content-type: text/plain\r\nContent-Disposition: form-data; name=model', 'one'),
      part('Content-Disposition: form-data; name="Model"', 'two'),
      part(`${model}; filename=""`, 'three'),
    ].join('')
    expect(read(`${body}--b--\r\n`)).toEqual({ model: 'one', named: ['one', 'two', 'three'] })
    expect(read(`${part('content-disposition: form-data; name=x')}--b--`)).toEqual({ named: [] })
  })

  test.each([
    ['bytes before the first delimiter', `{}\r\n${part(model)}--b--`],
    ['bytes after the last delimiter', `${part(model)}--b--\r\n${part(model)}`],
    ['no last delimiter', part(model)],
    ['a longer delimiter', `${part(model)}--bc\r\n--b--`],
    ['lines without a carriage return', `--b\n${model}\n\nx\n--b--`],
    ['a part without headers', `${part('')}--b--`],
    ['a folded header', `${part(`content-disposition: form-data;\r\n name=model`)}--b--`],
    ['two dispositions', `${part(`${model}\r\n${model}`)}--b--`],
    ['two names', `${part(`${model}; name=y`)}--b--`],
    ['a name in another spelling', `${part("content-disposition: form-data; name*=''m")}--b--`],
    ['an escaped name', `${part('content-disposition: form-data; name="m\\odel"')}--b--`],
    ['an encoded value', `${part(`${model}\r\ncontent-transfer-encoding: base64`)}--b--`],
  ])('given %s, does not read it', (_, body) => {
    expect(read(body)).toBeUndefined()
  })
})
