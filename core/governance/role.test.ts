import { describe, expect, test } from 'vitest'
import { isAtLeast, lowerRole, parseRole, ROLES } from './role.ts'

describe('lowerRole()', () => {
  test('given any two roles, never gives a higher one than the caller has', () => {
    for (const caller of ROLES) {
      for (const asked of ROLES) {
        const given = lowerRole(caller, asked)
        expect([caller, asked]).toContain(given)
        expect(isAtLeast(caller, given)).toBe(true)
        expect(isAtLeast(asked, given)).toBe(true)
      }
    }
  })
})

describe('isAtLeast()', () => {
  test('given the roles, orders them', () => {
    expect(ROLES.map((role) => isAtLeast(role, 'operator'))).toEqual([true, true, false, false])
  })
})

describe('parseRole()', () => {
  test.each([
    ['operator', 'operator'],
    ['specialist', 'agent'],
    ['auditor', 'viewer'],
    ['Operator', undefined],
    ['root', undefined],
    ['toString', undefined],
    ['', undefined],
  ])('given %j, gives %j', (word, role) => {
    expect(parseRole(word)).toBe(role)
  })
})
