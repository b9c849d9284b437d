/**
 * Slack: user tokens of an app that has opted in to PKCE, and bot tokens; of apps with token rotation and without.
 * A program on this machine gets user tokens by `http://localhost`. Bot scopes are granted only where the browser is
 * sent back to https: that takes a page of one's own (`--redirect-uri`) which sends it on, and the app's secret.
 * https://docs.slack.dev/authentication/using-pkce
 */
import { ProviderId } from '../../shared/contract/ids.js'
import type { Base, ProviderProfile } from './profile.js'

const endpoints = ({ origin }: Base) => ({
  authorization_endpoint: `${origin}/oauth/v2/authorize`,
  token_endpoint: `${origin}/api/oauth.v2.access`,
  revocation_endpoint: `${origin}/api/auth.revoke`,
  userinfo_endpoint: `${origin}/api/auth.test`,
})

/** Not Slack's: so scopes of bots are told from those of people, which bear the same names. */
const BOT = 'bot:'

const READ = ['channels:read', 'channels:history', 'users:read', 'search:read']

/** Slack answers errors with status 200 and words of its own. */
const ERRORS = {
  invalid_code: 'invalid_grant',
  code_already_used: 'invalid_grant',
  invalid_refresh_token: 'invalid_grant',
  token_expired: 'invalid_grant',
  token_revoked: 'invalid_grant',
  account_inactive: 'invalid_grant',
  invalid_client_id: 'invalid_client',
  bad_client_secret: 'invalid_client',
  bad_redirect_uri: 'invalid_request',
  invalid_grant_type: 'unsupported_grant_type',
  no_scopes: 'invalid_scope',
  no_user_scopes: 'invalid_scope',
  invalid_scope_requested: 'invalid_scope',
  ratelimited: 'temporarily_unavailable',
  internal_error: 'temporarily_unavailable',
  fatal_error: 'temporarily_unavailable',
  service_unavailable: 'temporarily_unavailable',
  request_timeout: 'temporarily_unavailable',
  // A workspace on its way into an organisation; it comes back.
  team_added_to_org: 'temporarily_unavailable',
  org_login_required: 'temporarily_unavailable',
}

export const slack: ProviderProfile = {
  id: ProviderId.parse('slack'),
  name: 'Slack',
  needs: ['client-id'],
  server: { kind: 'known', base: 'https://slack.com', endpoints },
  // An app that opted in to PKCE needs no secret where the browser comes back to this machine.
  flows: { code: 'bySecret' },
  scopes: {
    usual: READ,
    presets: {
      read: READ,
      write: [...READ, 'chat:write'],
      bot: [`${BOT}channels:read`, `${BOT}chat:write`],
    },
    asked: {
      separator: ',',
      kinds: [
        { prefix: BOT, parameter: 'scope', wantsHttps: true },
        { prefix: '', parameter: 'user_scope', wantsHttps: false },
      ],
    },
  },
  // With rotation a refresh token is used once, and nothing says that a second use is forgiven. Without rotation
  // there is none.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  // Whether the access token of before lives on to its end is not said.
  refreshEndsAccessToken: true,
  // Nothing says that the port may vary.
  redirect: { host: 'localhost', port: 34_110, path: '/callback' },
  // Twelve hours with rotation, stated; without it nothing is stated and the token does not end.
  defaultLifetimeMs: null,
  // People are counted anew in each workspace.
  account: { id: ['team_id', 'user_id'], labels: ['user'] },
  errors: ERRORS,
  // A person's token lies within the answer that is the bot's, but comes by itself when it is refreshed.
  tokenAnswer: { member: 'authed_user', types: { user: '', bot: BOT } },
  revocation: 'byItself',
  authorizationParameters: {},
  registration: 'https://api.slack.com/apps (OAuth & Permissions: opt in to PKCE and to token rotation)',
  variables: ['SLACK_TOKEN', 'SLACK_USER_TOKEN', 'SLACK_BOT_TOKEN'],
}
