/** A client that acts for itself at any OpenID Connect or OAuth 2.0 server (RFC 6749 §4.4). */
import { ProviderId } from '../../shared/contract/ids.js'
import { atRegistration, SET_SECRET } from './fixes.js'
import { openIdServer } from './oidc.js'
import type { Cause } from './cause.js'
import type { ProviderProfile } from './profile.js'

/** Microsoft Entra ID says by its numbers what is wrong with a client; others say `invalid_client` and no more. */
const CAUSES: readonly Cause[] = [
  {
    word: 'invalid_client',
    text: 'AADSTS7000222',
    matter: 'client',
    cause: 'the client secret has expired',
    fix: SET_SECRET,
  },
  {
    word: 'invalid_client',
    text: 'AADSTS7000215',
    matter: 'client',
    cause: 'the client secret is wrong; its value is wanted, and not its id',
    fix: SET_SECRET,
  },
  {
    word: 'invalid_client',
    text: 'AADSTS700027',
    matter: 'client',
    cause: 'the application does not know the certificate that the assertion is signed with',
    fix: atRegistration('add the certificate under "Certificates & secrets"'),
  },
  {
    word: 'unauthorized_client',
    text: 'AADSTS700016',
    matter: 'client',
    cause: 'there is no application {clientId} in the tenant {issuer}',
    fix: atRegistration(
      'compare "Application (client) ID" and "Directory (tenant) ID", then add the connection again',
    ),
  },
]

export const serviceAccount: ProviderProfile = {
  ...openIdServer,
  id: ProviderId.parse('service-account'),
  name: 'Service account',
  needs: ['issuer', 'client-id', 'client-secret'],
  // By a secret, a signed assertion (RFC 7523) or a certificate (RFC 8705), as the secret looks.
  flows: { 'client-credentials': 'bySecret' },
  // There is nothing to refresh: the client asks again.
  refreshToken: { kind: 'reusable' },
  // Nothing is narrowed for good here, but many servers give such a client all it has, whatever it names.
  downScope: { kind: 'none', why: 'what a service account may do is settled where it was made' },
  causes: CAUSES,
}
