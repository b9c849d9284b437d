/**
 * GitLab.com, and self-managed by `--issuer https://HOST/PATH`.
 * https://docs.gitlab.com/api/oauth2/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import type { Endpoints } from '../../shared/contract/newConnection.js'
import type { Base, ProviderProfile } from './profile.js'

/** An installation may lie under a path of its own. */
function endpoints({ url: root }: Base): Endpoints {
  return {
    authorization_endpoint: `${root}/oauth/authorize`,
    token_endpoint: `${root}/oauth/token`,
    device_authorization_endpoint: `${root}/oauth/authorize_device`,
    revocation_endpoint: `${root}/oauth/revoke`,
    userinfo_endpoint: `${root}/oauth/userinfo`,
  }
}

export const gitlab: ProviderProfile = {
  id: ProviderId.parse('gitlab'),
  name: 'GitLab',
  needs: ['client-id'],
  // It describes itself only with an `openid` application; these addresses hold for every one.
  server: { kind: 'known', base: 'https://gitlab.com', endpoints },
  // "Confidential" applications have a secret, others none; the device flow came with 17.2.
  flows: { code: 'bySecret', device: 'bySecret' },
  // `openid` for the account. Each must be ticked on the application.
  scopes: {
    usual: ['openid', 'read_api', 'read_repository', 'write_repository'],
    presets: {
      read: ['openid', 'read_api', 'read_repository'],
      ci: ['openid', 'api', 'write_repository'],
      write: ['openid', 'api', 'write_repository'],
    },
  },
  // Used once; a refresh ends both tokens of before, and a second use is an error.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  refreshEndsAccessToken: true,
  // The port is ignored for address literals only, so `localhost` would not do.
  redirect: { host: '127.0.0.1', port: 0, path: '/callback' },
  // Two hours, always stated; for an answer that does not.
  defaultLifetimeMs: 7_200_000,
  account: { id: 'sub', labels: ['nickname', 'email', 'name'] },
  errors: {},
  revocation: 'standard',
  authorizationParameters: {},
  grantsPage: '-/user_settings/applications',
  registration: 'https://gitlab.com/-/user_settings/applications',
  variables: ['GITLAB_TOKEN', 'GITLAB_ACCESS_TOKEN'],
  git: { hosts: 'own', username: 'oauth2' },
}
