/**
 * JetBrains Space, installed on premises. The cloud at jetbrains.space ended on 1 June 2025, and nothing is developed
 * any more: this serves installations that still run. Its pages are gone; where they were silent, or are not known
 * well, the cautious reading is taken.
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { atRegistration } from './fixes.js'
import type { Base, ProviderProfile } from './profile.js'

const endpoints = ({ url }: Base) => ({
  authorization_endpoint: `${url}/oauth/auth`,
  token_endpoint: `${url}/oauth/token`,
  userinfo_endpoint: `${url}/api/http/team-directory/profiles/me`,
})

const READ = ['global:Profile.View', 'global:Project.View', 'global:VcsRepository.Read']

export const jetbrainsSpace: ProviderProfile = {
  id: ProviderId.parse('jetbrains-space'),
  name: 'JetBrains Space (self-hosted)',
  needs: ['issuer', 'client-id'],
  server: {
    kind: 'known',
    base: '',
    endpoints,
    ended: {
      hosts: /(^|\.)jetbrains\.space$/,
      what: 'the cloud of JetBrains Space ended on 1 June 2025; only an installation of your own still answers',
    },
  },
  // "Allow public clients" on the application spares the secret.
  flows: { code: 'bySecret' },
  scopes: {
    usual: READ,
    presets: {
      read: READ,
      ci: ['global:Profile.View', 'global:VcsRepository.Read'],
      write: [...READ, 'global:VcsRepository.Write'],
    },
  },
  // Nothing says what becomes of a refresh token that was used, nor of the access token before it.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  refreshEndsAccessToken: true,
  // Its refresh is not said to take scopes.
  downScope: { kind: 'none', why: 'a refresh at Space takes no scopes' },
  // Compared whole, as far as is known.
  redirect: { host: 'localhost', port: 34_112, path: '/callback' },
  // Ten minutes, always stated; for an answer that does not.
  defaultLifetimeMs: 600_000,
  account: { id: 'id', labels: ['username'] },
  errors: {},
  causes: [
    {
      word: 'unauthorized_client',
      matter: 'redirect',
      cause: 'the application does not have {redirectUri} among its redirect URIs',
      fix: atRegistration('add {redirectUri} to the redirect URIs of the application'),
    },
  ],
  trial: { path: '', approval: '' },
  api: { origins: ({ origin }) => [origin] },
  revocation: 'standard',
  // Without the first there is no refresh token; the second asks a person for what they have not agreed to yet.
  authorizationParameters: { access_type: 'offline', request_credentials: 'default' },
  // From memory.
  grantsPage: '{issuer}, your profile, Authentication, Authorized applications',
  registration: 'your installation, Extensions, Applications (authentication by code flow with PKCE)',
  // No tool is known to read one.
  variables: [],
}
