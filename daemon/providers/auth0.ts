/**
 * Auth0, by the tenant's issuer with its closing slash: `https://TENANT.auth0.com/`.
 * https://auth0.com/docs/secure/tokens/refresh-tokens
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { oidc } from './oidc.js'
import type { ProviderProfile } from './profile.js'

export const auth0: ProviderProfile = {
  ...oidc,
  id: ProviderId.parse('auth0'),
  name: 'Auth0',
  scopes: { usual: ['openid', 'email', 'offline_access'], presets: {} },
  // Rotation may be on, with an overlap that a tenant sets; without knowing, none.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  // "If not sent, the original scopes will be used; otherwise you can request a reduced set."
  downScope: { kind: 'refresh' },
  // An exact list, without wildcards for ports.
  redirect: { host: '127.0.0.1', port: 34_109, path: '/callback' },
  registration: 'your Auth0 dashboard, Applications, "Native"',
}
