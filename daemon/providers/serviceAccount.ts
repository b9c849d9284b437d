/** A client that acts for itself at any OpenID Connect or OAuth 2.0 server (RFC 6749 §4.4). */
import { ProviderId } from '../../shared/contract/ids.js'
import { oidc } from './oidc.js'
import type { ProviderProfile } from './profile.js'

export const serviceAccount: ProviderProfile = {
  ...oidc,
  id: ProviderId.parse('service-account'),
  name: 'Service account',
  needs: ['issuer', 'client-id', 'client-secret'],
  // By a secret, a signed assertion (RFC 7523) or a certificate (RFC 8705), as the secret looks.
  flows: { 'client-credentials': 'bySecret' },
  // There is nothing to refresh: the client asks again.
  refreshToken: { kind: 'reusable' },
}
