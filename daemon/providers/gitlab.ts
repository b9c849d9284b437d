/**
 * GitLab.com, and self-managed by `--issuer https://HOST/PATH`.
 * https://docs.gitlab.com/api/oauth2/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import type { Endpoints } from '../../shared/contract/newConnection.js'
import { SET_SECRET, SIGN_IN } from './fixes.js'
import type { Cause } from './cause.js'
import type { Base, ProviderProfile } from './profile.js'
import { declined } from './sharedCauses.js'

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

const APPLICATIONS = '{issuer}/-/user_settings/applications'

/** In the words of Doorkeeper, which GitLab is built on. */
const CAUSES: readonly Cause[] = [
  {
    word: 'invalid_grant',
    during: 'signIn',
    matter: 'redirect',
    cause:
      'the code from the browser was used or too old, or the application has another redirect URI than fob sent',
    fix: { open: APPLICATIONS, todo: 'see that the redirect URI is {redirectUri}, then sign in again' },
  },
  {
    word: 'invalid_grant',
    matter: 'grant',
    cause:
      'the refresh token was revoked, or another program used it: GitLab gives each out once, and a refresh ' +
      'ends the pair of before',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_client',
    matter: 'client',
    cause: 'the application is gone, or it is confidential and its secret is missing or another',
    fix: SET_SECRET,
  },
  {
    word: 'invalid_scope',
    matter: 'scopes',
    cause: 'the application does not have all scopes ticked that fob asks for: {scopes}',
    fix: { open: APPLICATIONS, todo: 'edit the application, tick the scopes, then sign in again' },
  },
  {
    word: 'unauthorized_client',
    matter: 'flow',
    cause: 'the application may not sign in this way',
    fix: { open: APPLICATIONS, todo: 'see whether the application is trusted and enabled for this flow' },
  },
  {
    word: 'unsupported_grant_type',
    during: 'signIn',
    matter: 'flow',
    cause: 'this GitLab does not know signing in by a code, which came with 17.2',
    fix: { open: '{issuer}/help', todo: 'look at its version; add the connection again with --flow code' },
  },
  {
    word: 'invalid_redirect_uri',
    matter: 'redirect',
    cause: 'the redirect URI of the application is not the one fob listens on',
    fix: {
      open: APPLICATIONS,
      todo: 'set the redirect URI to {redirectUri} (a number, not "localhost": only then any port will do)',
    },
  },
  declined('somebody pressed "Deny" on the page that asks to authorize the application'),
  {
    word: 'expired_token',
    matter: 'consent',
    cause: 'nobody entered the code within five minutes',
    fix: SIGN_IN,
  },
  {
    word: 'insufficient_scope',
    during: 'use',
    matter: 'scopes',
    cause: 'the access token may not ask whose it is: `openid` is not ticked on the application',
    fix: { open: APPLICATIONS, todo: 'tick `openid`, then sign in again' },
  },
  {
    word: 'invalid_token',
    during: 'use',
    matter: 'accessToken',
    cause:
      'GitLab refuses the access token: another program refreshed the same grant, which ends the pair of before',
    fix: SIGN_IN,
  },
]

const READ = ['openid', 'read_api', 'read_repository']

export const gitlab: ProviderProfile = {
  id: ProviderId.parse('gitlab'),
  name: 'GitLab',
  needs: ['client-id'],
  // It describes itself only with an `openid` application; these addresses hold for every one.
  server: { kind: 'known', base: 'https://gitlab.com', endpoints, installable: true },
  // "Confidential" applications have a secret, others none; the device flow came with 17.2.
  flows: { code: 'bySecret', device: 'bySecret' },
  // `openid` for the account. Each must be ticked on the application. To push takes `write_repository`, which reads too.
  scopes: {
    usual: READ,
    presets: {
      read: READ,
      ci: ['openid', 'read_api', 'write_repository'],
      write: ['openid', 'api', 'write_repository'],
    },
  },
  // Used once; a refresh ends both tokens of before, and a second use is an error. GitLab's page shows `redirect_uri`
  // beside the refresh token, which fob does not send: RFC 6749 §6 has none, Doorkeeper, which answers, looks at token,
  // client and scopes alone, and the port in it was any free one.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  refreshEndsAccessToken: true,
  // A refresh takes fewer, and stores them with the next refresh token: the grant would be narrow from then on.
  downScope: { kind: 'none', why: 'GitLab would narrow the whole grant for good' },
  // The port is ignored for address literals only, so `localhost` would not do.
  redirect: { host: '127.0.0.1', port: 0, path: '/callback' },
  // Two hours, always stated; for an answer that does not.
  defaultLifetimeMs: 7_200_000,
  account: { id: 'sub', labels: ['nickname', 'email', 'name'], claims: ['groups', 'groups_direct'] },
  errors: {},
  causes: CAUSES,
  trial: { path: '', approval: '' },
  api: { origins: ({ origin }) => [origin] },
  revocation: 'standard',
  authorizationParameters: {},
  // From memory: it has people sign in before it looks at what is asked.
  dryRequest: 'nothing',
  grantsPage: APPLICATIONS,
  registration: APPLICATIONS,
  // What GitLab's own command reads, in its order.
  variables: ['GITLAB_TOKEN', 'GITLAB_ACCESS_TOKEN', 'OAUTH_TOKEN'],
  git: { hosts: 'own', username: 'oauth2' },
}
