/**
 * A Kubernetes cluster that trusts an OpenID Connect issuer: any, by its URL, with the client id that is the
 * cluster's audience. The API server takes the id token as Bearer and asks nobody about it.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { SIGN_IN } from './fixes.js'
import { openIdServer } from './oidc.js'
import type { Cause } from './cause.js'
import type { ProviderProfile } from './profile.js'

/** Dex, which many clusters trust, calls these malformed requests. */
const CAUSES: readonly Cause[] = [
  {
    word: 'invalid_request',
    text: 'refresh token',
    during: 'refresh',
    matter: 'grant',
    cause:
      'the issuer no longer takes the refresh token: too old, unused too long, or used by another program',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_request',
    text: 'code',
    during: 'signIn',
    matter: 'consent',
    cause: 'the code from the browser was wrong, too old, or used already',
    fix: SIGN_IN,
  },
]

export const kubernetes: ProviderProfile = {
  ...openIdServer,
  id: ProviderId.parse('kubernetes'),
  name: 'Kubernetes (OpenID Connect)',
  // Who acts for itself gets no id token, so that flow is not here.
  flows: { code: 'bySecret', device: 'bySecret' },
  credential: 'idToken',
  // Callers get the id token, and scopes are of the access token beside it.
  downScope: { kind: 'none', why: 'what a cluster takes is the id token, which has no scopes' },
  causes: CAUSES,
  scopes: {
    usual: ['openid', 'email', 'offline_access'],
    needed: ['openid'],
    // Not every issuer knows `groups`, and one that does not may refuse the whole request.
    presets: { groups: ['openid', 'email', 'groups', 'offline_access'] },
    unnamed: {
      purposes: ['read', 'ci', 'write'],
      why: 'what may be done is for the roles of the cluster to say',
    },
  },
  toolHint: 'for kubectl, a user entry for your kubeconfig: fob credential kubernetes NAME --kubeconfig',
}
