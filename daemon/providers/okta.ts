/**
 * Okta, by the issuer of the org (`https://ORG.okta.com`) or of a custom authorization server (`…/oauth2/default`).
 * https://developer.okta.com/docs/guides/refresh-tokens/main/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { oidc } from './oidc.js'
import type { ProviderProfile } from './profile.js'

export const okta: ProviderProfile = {
  ...oidc,
  id: ProviderId.parse('okta'),
  name: 'Okta',
  scopes: {
    usual: ['openid', 'email', 'offline_access'],
    presets: { read: ['openid', 'email', 'profile', 'offline_access'] },
  },
  // A grace of 30 s is usual and an administrator may take it away; reuse then ends every token since the sign-in.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  // Compared whole: the port has to be the registered one.
  redirect: { host: '127.0.0.1', port: 34_108, path: '/callback' },
  registration: 'your Okta admin console, Applications, "Native application" with the grant "Refresh Token"',
}
