/**
 * Any OAuth 2.0 server by its addresses, an identity-aware gateway's too. It gives no id token, so whose account it
 * is stays unknown unless a person names its userinfo or introspection endpoint (RFC 7662). The doctor tries an access
 * token at userinfo alone: introspection says what the server believes of it, not what an API does.
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { openIdServer } from './oidc.js'
import type { ProviderProfile } from './profile.js'

export const oauth2: ProviderProfile = {
  ...openIdServer,
  id: ProviderId.parse('oauth2'),
  name: 'OAuth 2.0',
  needs: ['token-endpoint', 'client-id'],
  server: { kind: 'stated' },
  // What a gateway shows to whoever is not signed in may be about anything.
  dryRequest: 'errors',
  // RFC 7662 §2.2 has `username` beside what OpenID Connect calls an account.
  account: { id: 'sub', labels: ['email', 'preferred_username', 'username', 'name'] },
}
