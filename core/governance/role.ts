/** Who may do what, highest first. */
export const ROLES: readonly Role[] = ['executive', 'operator', 'agent', 'viewer']

export type Role = 'executive' | 'operator' | 'agent' | 'viewer'

/** Who asked for something, as it stands in the audit. */
export interface Actor {
  readonly name: string
  readonly role: Role
}

/** Names that older datums use, and what they mean here. */
const OLDER_NAMES: ReadonlyMap<string, Role> = new Map([
  ['specialist', 'agent'],
  ['auditor', 'viewer'],
])

/** The role a word names, also in its older spelling; `undefined` for any other word. */
export function parseRole(word: string): Role | undefined {
  return ROLES.find((role) => role === word) ?? OLDER_NAMES.get(word)
}

/** The lower of two roles: asking for a role can only give rights away. */
export function lowerRole(caller: Role, asked: Role): Role {
  return ROLES.indexOf(asked) > ROLES.indexOf(caller) ? asked : caller
}

/** Whether `role` is `least` or higher. */
export function isAtLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(least)
}
