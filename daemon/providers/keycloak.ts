/**
 * Keycloak, by the issuer of a realm: `https://HOST/realms/NAME`, before version 17 `https://HOST/auth/realms/NAME`.
 * https://www.keycloak.org/docs/latest/server_admin/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { oidc } from './oidc.js'
import type { ProviderProfile } from './profile.js'

export const keycloak: ProviderProfile = {
  ...oidc,
  id: ProviderId.parse('keycloak'),
  name: 'Keycloak',
  // `offline_access` outlives the session in the browser, whose end would end the refresh token too.
  scopes: { usual: ['openid', 'email', 'offline_access'], presets: {} },
  // Reusable, unless the realm revokes refresh tokens at use: it is not said which.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  grantsPage: 'account/#/applications',
  registration:
    'your Keycloak admin console, Clients, "Client authentication" off, redirect URI without a port',
}
