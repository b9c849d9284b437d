/** Which connection the scopes of a session mean. Pure. */
import type { ConnectionStatus } from '../shared/contract/connection.js'

export interface Meant {
  readonly connection: ConnectionStatus
  /** What the access token must have. */
  readonly scopes: readonly string[]
}

/**
 * The first scope names the connection, or the provider when it has exactly one connection. The editor may sort
 * what it was given, so a connection's name counts wherever it stands.
 */
export function meantBy(
  scopes: readonly string[],
  connections: readonly ConnectionStatus[],
): Meant | undefined {
  const named = connections.find(({ name }) => scopes[0] === name) ?? onlyNamed(scopes, connections)
  if (named) return { connection: named, scopes: scopes.filter((scope) => scope !== named.name) }
  for (const provider of scopes) {
    const [only, ...others] = connections.filter((connection) => connection.provider === provider)
    if (only && others.length === 0) {
      return { connection: only, scopes: scopes.filter((scope) => scope !== provider) }
    }
  }
  return undefined
}

function onlyNamed(
  scopes: readonly string[],
  connections: readonly ConnectionStatus[],
): ConnectionStatus | undefined {
  const [only, ...others] = connections.filter(({ name }) => scopes.includes(name))
  return others.length === 0 ? only : undefined
}
