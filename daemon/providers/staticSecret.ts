/**
 * A secret stored as it is, for what has no OAuth: registry tokens, API keys, personal access tokens. It is handed
 * out like an access token, never refreshed, and a person replaces it.
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { openIdServer } from './oidc.js'
import type { ProviderProfile } from './profile.js'

export const staticSecret: ProviderProfile = {
  ...openIdServer,
  id: ProviderId.parse('static'),
  name: 'Stored secret',
  // Its name and the secret; when it ends is good to know and not always known.
  needs: [],
  server: { kind: 'none' },
  flows: { static: 'none' },
  scopes: {
    usual: [],
    presets: {},
    unnamed: { purposes: ['read', 'ci', 'write'], why: 'what it may do was settled where it was made' },
  },
  // There is nothing to refresh it with.
  refreshToken: { kind: 'reusable' },
  // There is nobody to ask for another.
  downScope: { kind: 'none', why: 'a stored secret is handed out as it is' },
  // It ends when the person said, or not.
  defaultLifetimeMs: null,
}
