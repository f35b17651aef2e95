import { isAtLeast, parseRole, type Role } from '../governance/role.ts'
import { askSupervisor } from '../supervisor/client.ts'
import type { Context } from './context.ts'

/** Says so where somebody asks for more than the supervisor gives: `--role` can only lower. */
export async function tellRole({ home, role, terminal }: Context): Promise<void> {
  const asked = role === undefined ? undefined : parseRole(role)
  if (!asked) return // The supervisor refuses a word that is no role.
  const request = { path: '/v1/status' }
  const { role: own } = await askSupervisor<{ role: Role }>(home, request)
  if (!isAtLeast(own, asked))
    terminal.complain(`role ${asked} is higher than yours: acting as ${own}`)
}
