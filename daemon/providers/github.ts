/**
 * GitHub: OAuth apps, whose access tokens do not end, and GitHub Apps, whose user tokens do. github.com, and
 * Enterprise Server or ghe.com by `--issuer https://HOST`.
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */
import { ProviderId } from '../../shared/contract/ids.js'
import type { Endpoints } from '../../shared/contract/newConnection.js'
import { SET_SECRET, SIGN_IN } from './fixes.js'
import type { Cause } from './cause.js'
import type { Base, ProviderProfile } from './profile.js'
import type { ScopedQuestion } from './scopeRules.js'
import { declined } from './sharedCauses.js'

const HOME = 'https://github.com'

/** The API has a host of its own on github.com and ghe.com, and a path on Enterprise Server. */
function apiOriginOf({ hostname, origin }: Base): string {
  const own = hostname === 'github.com' || hostname.endsWith('.ghe.com')
  return own ? `https://api.${hostname}` : origin
}

function apiOf(base: Base): string {
  const origin = apiOriginOf(base)
  return origin === base.origin ? `${origin}/api/v3` : origin
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
  // Not in its reference, which names none for refreshes; it is what clients report.
  bad_refresh_token: 'invalid_grant',
  incorrect_client_credentials: 'invalid_client',
  redirect_uri_mismatch: 'invalid_request',
  incorrect_device_code: 'invalid_grant',
  device_flow_disabled: 'unauthorized_client',
  unverified_user_email: 'access_denied',
  application_suspended: 'unauthorized_client',
}

const APPS = '{issuer}/settings/developers'
const GRANTS = '{issuer}/settings/connections/applications/{clientId}'

/**
 * https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
 * and the pages beside it.
 */
const CAUSES: readonly Cause[] = [
  {
    word: 'bad_verification_code',
    matter: 'consent',
    cause: 'the code from the browser was wrong, older than ten minutes, or used already',
    fix: SIGN_IN,
  },
  {
    word: 'incorrect_client_credentials',
    matter: 'client',
    cause:
      'GitHub does not take this client id with this client secret (an App has a client id beside its App ID)',
    fix: SET_SECRET,
  },
  {
    word: 'redirect_uri_mismatch',
    matter: 'redirect',
    cause: 'the callback URL of the application has another host or path than the address fob listens on',
    fix: { open: APPS, todo: 'choose the application and set its callback URL to {redirectUri}' },
  },
  {
    word: 'unverified_user_email',
    matter: 'account',
    cause: 'the primary e-mail address of the GitHub account is not verified',
    fix: { open: '{issuer}/settings/emails', todo: 'verify the primary address, then sign in again' },
  },
  {
    word: 'bad_refresh_token',
    matter: 'grant',
    cause: 'the refresh token was used by another program, revoked, or is older than six months',
    fix: SIGN_IN,
  },
  {
    word: 'incorrect_device_code',
    matter: 'consent',
    cause: 'GitHub does not know the device code (any more)',
    fix: SIGN_IN,
  },
  {
    word: 'device_flow_disabled',
    matter: 'flow',
    cause: 'the application does not allow signing in by a code',
    fix: { open: APPS, todo: 'choose the application and tick "Enable Device Flow"' },
  },
  {
    word: 'expired_token',
    matter: 'consent',
    cause: 'nobody entered the code within fifteen minutes',
    fix: SIGN_IN,
  },
  {
    word: 'unsupported_grant_type',
    during: 'signIn',
    matter: 'flow',
    cause: 'this GitHub does not know signing in by a code, as Enterprise Server before 3.1 does not',
    fix: { open: '{issuer}', todo: 'have it upgraded, or add the connection again with --flow code' },
  },
  {
    word: 'application_suspended',
    matter: 'client',
    cause: 'GitHub has suspended the application',
    fix: { open: 'https://support.github.com', todo: 'ask why, as the owner of the application' },
  },
  declined('somebody pressed "Cancel" on the page that asks to authorize the application'),
  {
    word: 'x-github-sso',
    text: 'required',
    during: 'use',
    matter: 'policy',
    cause: 'an organisation takes this access token only once it is authorized for its single sign-on',
    fix: { open: GRANTS, todo: 'press "Authorize" or "Grant" beside the organisation' },
  },
  {
    word: 'x-github-sso',
    during: 'use',
    matter: 'policy',
    cause: 'organisations with single sign-on are left out of what this access token shows',
    fix: { open: GRANTS, todo: 'press "Authorize", "Grant" or "Request" beside each organisation you need' },
  },
  {
    // Its API answers 403 with a sentence and no word.
    word: 'insufficient_scope',
    text: 'OAuth App access restrictions',
    during: 'use',
    matter: 'policy',
    cause: 'an organisation lets in only applications that it has approved, and this is none of them',
    fix: { open: GRANTS, todo: 'press "Request", or "Grant" if you may, beside the organisation' },
  },
  {
    word: 'Bad credentials',
    during: 'use',
    matter: 'accessToken',
    cause: 'GitHub refuses the access token: it was revoked there, or replaced by one of another program',
    fix: SIGN_IN,
  },
]

const common = {
  server: { kind: 'known', base: HOME, endpoints, installable: true },
  // The web flow wants the secret even with PKCE; a device proves nothing but its code.
  flows: { code: 'client_secret_post', device: 'none' },
  account: { id: 'id', labels: ['login'] },
  errors: ERRORS,
  causes: CAUSES,
  // It is not said which lists leave organisations out; this one names them, and costs GitHub little.
  trial: { path: '/orgs', approval: 'x-github-sso' },
  api: { origins: (base: Base) => [apiOriginOf(base)] },
  revocation: 'deleteJson',
  authorizationParameters: {},
  // From memory: it has people sign in before it looks at what is asked.
  dryRequest: 'nothing',
  grantsPage: GRANTS,
  // In the order in which GitHub's own command reads them: the first two for github.com and ghe.com, the others for
  // Enterprise Server.
  variables: ['GH_TOKEN', 'GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'],
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
  // There is no refresh, and the call that narrows is for Apps alone.
  downScope: { kind: 'none', why: 'an access token of an OAuth app is for all its scopes' },
  // Loopback: host and path as registered, any port.
  redirect: { host: '127.0.0.1', port: 0, path: '/callback' },
  // Its access tokens live until revoked. That they end unused for a year is from memory, and changes nothing here.
  defaultLifetimeMs: null,
  registration: '{issuer}/settings/applications/new',
}

const REPOSITORY = /^([\w-]+)\/([\w.-]+|\*)$/
const PERMISSION = /^([a-z_]+):(read|write|admin)$/

/**
 * `OWNER/REPOSITORY`, or `OWNER/*` for all that the App was given there, and `PERMISSION:LEVEL`. The call is about the
 * repositories of one owner, who has to be named.
 */
function scopedQuestion(scopes: readonly string[]): ScopedQuestion | undefined {
  const named = scopes.flatMap((scope) => {
    const [, owner, repository] = REPOSITORY.exec(scope) ?? []
    return owner === undefined || repository === undefined ? [] : [{ owner, repository }]
  })
  const permissions = scopes.flatMap((scope) => {
    const [, permission, level] = PERMISSION.exec(scope) ?? []
    return permission === undefined || level === undefined ? [] : [[permission, level] as const]
  })
  const [target, ...others] = new Set(named.map(({ owner }) => owner))
  const repositories = named.map(({ repository }) => repository)
  const whole = repositories.includes('*')
  const understood = named.length + permissions.length === scopes.length
  if (!understood || target === undefined || others.length > 0) return undefined
  if (whole && repositories.length > 1) return undefined
  return {
    target,
    ...(whole ? {} : { repositories }),
    ...(permissions.length === 0 ? {} : { permissions: Object.fromEntries(permissions) }),
  }
}

export const githubApp: ProviderProfile = {
  ...common,
  id: ProviderId.parse('github-app'),
  name: 'GitHub App (user tokens)',
  needs: ['client-id'],
  // What it may do are the App's permissions, met with the person's: scopes mean nothing.
  scopes: {
    usual: [],
    presets: {},
    unnamed: {
      purposes: ['read', 'ci', 'write'],
      why: 'what its tokens may do is what the App was given, met with what you may do',
    },
  },
  // Used once; the pair of before stops working at once, and nothing says that a second use is forgiven.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  refreshEndsAccessToken: true,
  // https://docs.github.com/en/rest/apps/apps#create-a-scoped-access-token
  // What becomes of a scoped token when the pair is refreshed is not said: it is taken to end with it. Nor is whether
  // the permissions in the answer are the token's own or the installation's, so they are not held against the question.
  downScope: {
    kind: 'api',
    call: { path: '/scoped', question: scopedQuestion, example: 'octo-org/website contents:read' },
  },
  // "An exact match to one of the callback URLs": that any port of loopback passes here too is told, not promised.
  redirect: { host: '127.0.0.1', port: 34_113, path: '/callback' },
  // With "expire user tokens" off there is no expires_in, and the token does not end.
  defaultLifetimeMs: null,
  registration: '{issuer}/settings/apps/new',
}
