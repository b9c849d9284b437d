/** Ends tokens at the provider (RFC 7009) and says what is left. */
import type { AuthorizationServer, OAuthClient, Revocation } from './ports.js'
import type { ConnectionSecrets } from './record.js'

export interface Ended {
  readonly revoked: boolean
  /** What still works and what to do about it; '' when all is gone. */
  readonly left: string
}

/** The refresh token first: ending it usually ends the whole grant (RFC 7009 §2.1). */
export async function endTokens(
  server: AuthorizationServer,
  client: OAuthClient,
  secrets: ConnectionSecrets,
): Promise<Ended> {
  const { refreshToken, accessToken } = secrets
  const left: string[] = []
  if (refreshToken) {
    left.push(...remnant('refresh token', await server.revoke(client, refreshToken, 'refresh_token')))
  }
  if (accessToken) {
    left.push(...remnant('access token', await server.revoke(client, accessToken, 'access_token')))
  }
  if (left.length === 0) return { revoked: refreshToken !== undefined || accessToken !== undefined, left: '' }
  const where = `end it in your account settings at ${client.definition.server.issuer}`
  return { revoked: false, left: `${left.join('; ')}; ${where}` }
}

function remnant(what: string, revocation: Revocation): string[] {
  switch (revocation.kind) {
    case 'revoked':
      return []
    case 'unsupported':
      return [`the provider has no way to revoke the ${what}`]
    case 'failed':
      return [`the ${what} could not be revoked: ${revocation.reason}`]
  }
}
