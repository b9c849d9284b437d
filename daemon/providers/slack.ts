/**
 * Slack: user tokens of an app that has opted in to PKCE, and bot tokens; of apps with token rotation and without.
 * A program on this machine gets user tokens by `http://localhost`. Bot scopes are granted only where the browser is
 * sent back to https: that takes a page of one's own (`--redirect-uri`) which sends it on, and the app's secret.
 * https://docs.slack.dev/authentication/using-pkce
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { atRegistration, SET_SECRET, SIGN_IN } from './fixes.js'
import type { Cause } from './cause.js'
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

/** https://docs.slack.dev/reference/methods/oauth.v2.access */
const CAUSES: readonly Cause[] = [
  {
    word: 'invalid_code',
    matter: 'consent',
    cause: 'the code from the browser was wrong, or older than ten minutes',
    fix: SIGN_IN,
  },
  {
    word: 'code_already_used',
    matter: 'consent',
    cause: 'the code from the browser was used before, as when a page is loaded twice',
    fix: SIGN_IN,
  },
  {
    word: 'bad_redirect_uri',
    matter: 'redirect',
    cause: 'the app does not have {redirectUri} among its redirect URLs',
    fix: atRegistration('choose the app and add {redirectUri} under "Redirect URLs"'),
  },
  {
    word: 'invalid_client_id',
    matter: 'client',
    cause: 'there is no Slack app with the client id {clientId}',
    fix: atRegistration('look up the client id, then add the connection again'),
  },
  {
    word: 'bad_client_secret',
    matter: 'client',
    cause: 'Slack does not take the client secret, or the app has not opted in to PKCE and wants one',
    fix: SET_SECRET,
  },
  {
    word: 'invalid_refresh_token',
    matter: 'grant',
    cause: 'the refresh token was used by another program, revoked, or is older than thirty days',
    fix: SIGN_IN,
  },
  {
    word: 'token_expired',
    matter: 'grant',
    cause: 'the token is over, and only a new sign-in brings another',
    fix: SIGN_IN,
  },
  {
    word: 'token_revoked',
    matter: 'grant',
    cause: 'the app was removed from the workspace, or its tokens were revoked',
    fix: SIGN_IN,
  },
  {
    word: 'account_inactive',
    matter: 'account',
    cause: 'the account is deactivated in this workspace, or the workspace is gone',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_grant_type',
    matter: 'flow',
    cause: 'the app has token rotation off, so nothing can be refreshed',
    fix: atRegistration('opt in to token rotation'),
  },
  {
    word: 'no_scopes',
    matter: 'scopes',
    cause: 'no scope was asked for that the app may have: {scopes}',
    fix: atRegistration('add the scopes under "OAuth & Permissions", then sign in again'),
  },
  {
    word: 'no_user_scopes',
    matter: 'scopes',
    cause: 'no scope of people was asked for that the app may have: {scopes}',
    fix: atRegistration('add them under "User Token Scopes", then sign in again'),
  },
  {
    word: 'org_login_required',
    matter: 'provider',
    cause: 'the workspace is on its way into an organisation, and comes back',
    fix: 'wait',
  },
  {
    word: 'invalid_auth',
    during: 'use',
    matter: 'accessToken',
    cause: 'Slack refuses the token: it was revoked, or belongs to another app',
    fix: SIGN_IN,
  },
  {
    word: 'missing_scope',
    during: 'use',
    matter: 'scopes',
    cause: 'the token may not ask this',
    fix: atRegistration('add the scope that is missing, then sign in again'),
  },
  { word: 'ratelimited', matter: 'provider', cause: 'Slack is asked too often', fix: 'wait' },
  {
    word: 'access_denied',
    during: 'signIn',
    matter: 'consent',
    cause: 'somebody pressed "Cancel", or the workspace lets only administrators approve apps',
    fix: {
      open: 'https://slack.com/apps/manage (of your workspace)',
      todo: 'have the app approved if it waits there, then sign in again',
    },
  },
]

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
      // To tell a channel how a job went.
      ci: ['chat:write'],
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
  // Its refresh is not said to take scopes.
  downScope: { kind: 'none', why: 'a refresh at Slack takes no scopes' },
  // Nothing says that the port may vary.
  redirect: { host: 'localhost', port: 34_110, path: '/callback' },
  // Twelve hours with rotation, stated; without it nothing is stated and the token does not end.
  defaultLifetimeMs: null,
  // People are counted anew in each workspace.
  account: { id: ['team_id', 'user_id'], labels: ['user'] },
  errors: ERRORS,
  causes: CAUSES,
  trial: { path: '', approval: '' },
  // A person's token lies within the answer that is the bot's, but comes by itself when it is refreshed.
  tokenAnswer: { member: 'authed_user', types: { user: '', bot: BOT } },
  // Each call is a method by name, whatever the verb: posting a message works by GET too.
  api: {
    origins: ({ origin }) => [origin],
    reads: ['list', 'info', 'history', 'replies', 'members'].flatMap((name) => [
      `GET /api/*.${name}`,
      `POST /api/*.${name}`,
    ]),
  },
  revocation: 'byItself',
  authorizationParameters: {},
  // From memory: it has people sign in before it looks at what is asked.
  dryRequest: 'nothing',
  grantsPage: 'https://slack.com/apps/manage (of your workspace)',
  registration: 'https://api.slack.com/apps (OAuth & Permissions: opt in to PKCE and to token rotation)',
  variables: ['SLACK_TOKEN', 'SLACK_USER_TOKEN', 'SLACK_BOT_TOKEN'],
}
