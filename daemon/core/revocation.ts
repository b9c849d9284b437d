/** Ends tokens at the provider (RFC 7009) and says what is left. */
import { Refusal } from '../../shared/contract/errors.js'
import type { AuthorizationServer, OAuthClient, Revocation } from './ports.js'
import type { ConnectionSecrets } from './record.js'
import type { Secret } from './secret.js'

export interface Ended {
  readonly revoked: boolean
  /** What still works and what to do about it; '' when all is gone. */
  readonly left: string
}

/** Refresh tokens first: ending one usually ends the whole grant (RFC 7009 §2.1). */
export async function endTokens(
  server: AuthorizationServer,
  client: OAuthClient,
  grants: readonly ConnectionSecrets[],
): Promise<Ended> {
  // A server that does not rotate gives the same refresh token to several generations.
  const refreshTokens = new Set(grants.flatMap(({ refreshToken }) => refreshToken ?? []))
  const accessTokens = new Set(grants.flatMap(({ accessToken }) => accessToken ?? []))
  const left = new Set<string>()
  const revoke = async (token: Secret, hint: 'refresh_token' | 'access_token'): Promise<void> => {
    const remains = remnant(hint.replace('_', ' '), await revocationOf(server, client, token, hint))
    if (remains !== undefined) left.add(remains)
  }
  for (const token of refreshTokens) await revoke(token, 'refresh_token')
  for (const token of accessTokens) await revoke(token, 'access_token')
  if (left.size === 0) return { revoked: refreshTokens.size + accessTokens.size > 0, left: '' }
  const where = `end it in your account settings at ${client.definition.server.issuer}`
  return { revoked: false, left: `${[...left].join('; ')}; ${where}` }
}

/** The grant is gone here whatever happens there, so a defect is one more thing to tell, not to throw. */
async function revocationOf(
  server: AuthorizationServer,
  client: OAuthClient,
  token: Secret,
  hint: 'refresh_token' | 'access_token',
): Promise<Revocation> {
  try {
    return await server.revoke(client, token, hint)
  } catch (error) {
    return { kind: 'failed', reason: Refusal.reasonOf(error) }
  }
}

function remnant(what: string, revocation: Revocation): string | undefined {
  switch (revocation.kind) {
    case 'revoked':
      return undefined
    case 'unsupported':
      return `the provider has no way to revoke the ${what}`
    case 'failed':
      return `the ${what} could not be revoked: ${revocation.reason}`
  }
}
