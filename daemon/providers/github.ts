/**
 * GitHub: OAuth apps, whose access tokens do not end, and GitHub Apps, whose user tokens do. github.com, and
 * Enterprise Server or ghe.com by `--issuer https://HOST`.
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */
import { ProviderId } from '../../shared/contract/ids.js'
import type { Endpoints } from '../../shared/contract/newConnection.js'
import type { Base, ProviderProfile } from './profile.js'

const HOME = 'https://github.com'

/** The API has a host of its own on github.com and ghe.com, and a path on Enterprise Server. */
function apiOf({ hostname, origin }: Base): string {
  const own = hostname === 'github.com' || hostname.endsWith('.ghe.com')
  return own ? `https://api.${hostname}` : `${origin}/api/v3`
}

function endpoints(base: Base, clientId: string): Endpoints {
  const { origin } = base
  return {
    authorization_endpoint: `${origin}/login/oauth/authorize`,
    token_endpoint: `${origin}/login/oauth/access_token`,
    device_authorization_endpoint: `${origin}/login/device/code`,
    revocation_endpoint: `${apiOf(base)}/applications/${encodeURIComponent(clientId)}/token`,
    userinfo_endpoint: `${apiOf(base)}/user`,
  }
}

/** GitHub answers errors with status 200 and words of its own. */
const ERRORS = {
  bad_verification_code: 'invalid_grant',
  bad_refresh_token: 'invalid_grant',
  incorrect_client_credentials: 'invalid_client',
  redirect_uri_mismatch: 'invalid_request',
  incorrect_device_code: 'invalid_grant',
  device_flow_disabled: 'unauthorized_client',
  unverified_user_email: 'access_denied',
}

const common = {
  server: { kind: 'known', base: HOME, endpoints },
  // The web flow wants the secret even with PKCE; a device proves nothing but its code.
  flows: { code: 'client_secret_post', device: 'none' },
  // Loopback: host and path as registered, any port.
  redirect: { host: '127.0.0.1', port: 0, path: '/callback' },
  account: { id: 'id', labels: ['login'] },
  errors: ERRORS,
  revocation: 'deleteJson',
  authorizationParameters: {},
  grantsPage: 'settings/applications',
  // In the order in which GitHub's own command reads them.
  variables: ['GH_TOKEN', 'GITHUB_TOKEN'],
  // Any user name does; this is the one that GitHub's documents use.
  git: { hosts: 'own', username: 'x-access-token' },
} as const

export const github: ProviderProfile = {
  ...common,
  id: ProviderId.parse('github'),
  name: 'GitHub (OAuth app)',
  needs: ['client-id'],
  // There is no scope that only reads private repositories: `repo` reads and writes.
  scopes: {
    usual: ['repo', 'read:org'],
    presets: {
      read: ['read:user', 'read:org'],
      ci: ['repo', 'workflow'],
      write: ['repo', 'workflow', 'read:org'],
    },
  },
  // There are no refresh tokens. Should one come, it is taken for strict.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  refreshEndsAccessToken: false,
  // Its access tokens live until revoked, or unused for a year.
  defaultLifetimeMs: null,
  registration: 'https://github.com/settings/applications/new',
}

export const githubApp: ProviderProfile = {
  ...common,
  id: ProviderId.parse('github-app'),
  name: 'GitHub App (user tokens)',
  needs: ['client-id'],
  // What it may do are the App's permissions, met with the person's: scopes mean nothing.
  scopes: { usual: [], presets: {} },
  // Used once; the pair of before stops working at once, and nothing says that a second use is forgiven.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  refreshEndsAccessToken: true,
  // With "expire user tokens" off there is no expires_in, and the token does not end.
  defaultLifetimeMs: null,
  registration: 'https://github.com/settings/apps/new',
}
