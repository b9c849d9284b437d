/** Connections as the vault keeps them, for tests: full of facts, and with secrets that are easy to search for. */
import { ConnectionName, ProviderId, Scope } from '../../shared/contract/ids.js'
import type { ConnectionRecord, ConnectionSecrets, StoredConnection } from '../../daemon/core/record.js'
import { Secret } from '../../daemon/core/secret.js'

export const nameOf = (name: string): ConnectionName => ConnectionName.parse(name)

/** Unlike anything a file holds by chance. */
export const canary = (what: string): string => `canary-${what}-5d1c0b7e`

/** A connection with a live grant after `generation` rotations. */
export function signedIn(name: string, generation: number, clientSecret?: string): StoredConnection {
  const secrets = {
    accessToken: new Secret(canary(`access-${name}-${generation}`)),
    refreshToken: new Secret(canary(`refresh-${name}-${generation}`)),
    ...(clientSecret === undefined ? {} : { clientSecret: new Secret(clientSecret) }),
  }
  return { record: recordOf(name, generation, true), secrets }
}

export function signedOut(name: string, generation: number): StoredConnection {
  return { record: recordOf(name, generation, false), secrets: {} }
}

/** Everything in clear, so that a comparison sees the secrets too. */
export function clear(stored: StoredConnection) {
  const { accessToken, refreshToken, clientSecret } = stored.secrets
  return {
    record: stored.record,
    accessToken: accessToken?.reveal(),
    refreshToken: refreshToken?.reveal(),
    clientSecret: clientSecret?.reveal(),
  }
}

/** The refresh token in clear; '' when there is none. */
export const refreshTokenOf = (secrets: ConnectionSecrets): string => secrets.refreshToken?.reveal() ?? ''

function recordOf(name: string, generation: number, granted: boolean): ConnectionRecord {
  const scope = Scope.parse('openid')
  return {
    definition: {
      name: nameOf(name),
      provider: ProviderId.parse('oidc'),
      server: {
        issuer: 'https://issuer.example',
        endpoints: { token_endpoint: 'https://issuer.example/token' },
        jwksUri: generation % 2 === 0 ? undefined : 'https://issuer.example/jwks',
        promisesIss: true,
        idTokenAlgorithms: ['RS256'],
      },
      clientId: 'client',
      authentication: 'none',
      flow: 'code',
      scopesAsked: [scope],
    },
    generation,
    grant: granted
      ? {
          generation,
          issuedAt: 1_000,
          expiresAt: generation % 2 === 0 ? null : 61_000,
          scopes: [scope],
          account: { id: 'a1', label: 'Zoë ✓' },
          claims: { groups: ['makers', 'Zürich'] },
          renewable: true,
        }
      : null,
    standing: { kind: 'ok' },
    intent: null,
  }
}
