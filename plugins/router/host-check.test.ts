import { describe, expect, test } from 'vitest'
import { createHostCheck, isThisMachine } from './host-check.ts'

describe('createHostCheck()', () => {
  test('given a loopback server, accepts loopback names and its own, and no others', () => {
    const check = createHostCheck('127.0.0.1', ['My-Box.lan'])
    for (const host of ['localhost', 'LOCALHOST:5273', '127.0.0.1:1', '[::1]:5273', 'my-box.lan']) {
      expect(check(host)).toBe(true)
    }
    for (const host of ['evil.example', 'localhost.evil.example', '192.168.1.2', '', undefined]) {
      expect(check(host)).toBe(false)
    }
  })

  test('given a wildcard address, accepts addresses but no foreign names', () => {
    const check = createHostCheck('0.0.0.0', [])
    expect(check('192.168.1.2:5273')).toBe(true)
    expect(check('[fe80::1]:5273')).toBe(true)
    expect(check('evil.example:5273')).toBe(false)
  })
})

describe('isThisMachine()', () => {
  test('given a connection, knows whether it comes from this machine', () => {
    for (const own of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '192.168.1.2']) {
      expect(isThisMachine({ remoteAddress: own, localAddress: '192.168.1.2' })).toBe(true)
    }
    for (const other of ['10.0.0.1', '::2', 'localhost']) {
      expect(isThisMachine({ remoteAddress: other, localAddress: '192.168.1.2' })).toBe(false)
    }
    expect(isThisMachine({ localAddress: '192.168.1.2' })).toBe(false)
    expect(isThisMachine({})).toBe(false)
  })
})
