/**
 * Google, for Google Cloud: a client of type "Desktop app".
 * https://developers.google.com/identity/protocols/oauth2/native-app
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { oidc } from './oidc.js'
import type { ProviderProfile } from './profile.js'

const CLOUD = 'https://www.googleapis.com/auth/cloud-platform'

export const google: ProviderProfile = {
  ...oidc,
  id: ProviderId.parse('google'),
  name: 'Google Cloud',
  needs: ['client-id', 'client-secret'],
  server: { kind: 'discovered', issuer: 'https://accounts.google.com' },
  // A desktop client has a secret that is none, and is asked for it all the same. Codes for devices are for few
  // scopes, and none of the cloud's.
  flows: { code: 'client_secret_post' },
  scopes: {
    usual: ['openid', 'email', CLOUD],
    presets: { read: ['openid', 'email', `${CLOUD}.read-only`], write: ['openid', 'email', CLOUD] },
  },
  // The same one is kept, and an answer to a refresh brings none.
  refreshToken: { kind: 'reusable' },
  defaultLifetimeMs: 3_600_000,
  // Without both a second consent brings no refresh token.
  authorizationParameters: { access_type: 'offline', prompt: 'consent' },
  grantsPage: 'https://myaccount.google.com/connections',
  registration: 'https://console.cloud.google.com/apis/credentials (OAuth client ID, type "Desktop app")',
  // What gcloud and Terraform read.
  variables: ['CLOUDSDK_AUTH_ACCESS_TOKEN', 'GOOGLE_OAUTH_ACCESS_TOKEN'],
}
