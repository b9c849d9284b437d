/**
 * CircleCI's cloud: an OAuth server at which fob registers itself (RFC 7591) and to which it pushes what it asks (RFC
 * 9126). What comes is a personal API token of ninety days and no refresh token, so a person consents again before
 * its end; that ends the token of before. CircleCI Server has no such pages: a personal API token is a stored secret.
 * https://circleci.com/docs/guides/toolkit/oauth-dynamic-client-registration/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { SIGN_IN } from './fixes.js'
import type { Cause, CauseFix } from './cause.js'
import type { Base, ProviderProfile } from './profile.js'

/** The API is on a host of its own, except where a server is played. */
const apiOf = ({ origin, hostname }: Base): string =>
  hostname === 'app.circleci.com' ? 'https://circleci.com' : origin

const endpoints = (base: Base) => ({
  authorization_endpoint: `${base.origin}/oauth/authorize`,
  token_endpoint: `${base.origin}/oauth/token`,
  registration_endpoint: `${base.origin}/oauth/register`,
  pushed_authorization_request_endpoint: `${base.origin}/oauth/par`,
  userinfo_endpoint: `${apiOf(base)}/api/v2/me`,
})

/** The client is fob's own and kept with the connection, so another connection is another client. */
const ANOTHER_CLIENT: CauseFix = { run: 'fob sign-out {connection} --forget' }

/** Of what has no word of OAuth, its message is the word. */
const CAUSES: readonly Cause[] = [
  {
    word: 'unknown client_id',
    matter: 'client',
    cause:
      'CircleCI has forgotten the client that fob registered: remove the connection, add it again, and sign in',
    fix: ANOTHER_CLIENT,
  },
  {
    word: 'invalid_client',
    matter: 'client',
    cause:
      'CircleCI does not take the client that fob registered: remove the connection, add it again, and sign in',
    fix: ANOTHER_CLIENT,
  },
  {
    word: 'redirect_uri is not registered',
    matter: 'redirect',
    cause:
      'the client that fob registered has another redirect URI: remove the connection, add it again, and sign in',
    fix: ANOTHER_CLIENT,
  },
  {
    word: 'redirect_uris must be loopback addresses with a port from 1025 on',
    matter: 'redirect',
    cause: 'CircleCI does not register {redirectUri} as a place to come back to',
    fix: {
      open: 'https://app.circleci.com/settings/user/tokens',
      todo: 'make a personal API token there, and store it: fob add static --variable CIRCLE_TOKEN',
    },
  },
  {
    word: 'invalid_token',
    during: 'use',
    matter: 'accessToken',
    cause: 'CircleCI refuses the token: it was deleted there, or a sign-in elsewhere replaced it',
    fix: SIGN_IN,
  },
]

export const circleci: ProviderProfile = {
  id: ProviderId.parse('circleci'),
  name: 'CircleCI',
  needs: [],
  server: { kind: 'known', base: 'https://app.circleci.com', endpoints },
  flows: { code: 'none' },
  clientRegistration: {
    // Its clients have no secret.
    authentication: 'none',
    metadata: () => ({ grant_types: ['authorization_code'], response_types: ['code'] }),
    // A consent ends the token that the same client had before; another client's would live on.
    kept: true,
  },
  // The person chooses on the page: read, write or admin.
  scopes: {
    usual: [],
    presets: {},
    unnamed: { purposes: ['read', 'ci', 'write'], why: 'you choose what it may do on the page that asks' },
  },
  // There are no refresh tokens. Should one come, it is taken for strict.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  refreshEndsAccessToken: false,
  // There is no refresh that could name them.
  downScope: { kind: 'none', why: 'what you chose on the page that asked is what the access token may do' },
  // What is asked for has to be what was registered, the port included.
  redirect: { host: '127.0.0.1', port: 34_111, path: '/callback' },
  // Ninety days, always stated; for an answer that does not.
  defaultLifetimeMs: 7_776_000_000,
  account: { id: 'id', labels: ['login', 'name'] },
  errors: {},
  causes: CAUSES,
  trial: { path: '', approval: '' },
  api: { origins: (base) => [apiOf(base)] },
  revocation: 'standard',
  authorizationParameters: {},
  grantsPage: 'https://app.circleci.com/settings/user/tokens',
  registration: '',
  // Its command of today reads the first and, as an older name, the second; the one before it the third.
  variables: ['CIRCLE_TOKEN', 'CIRCLE_CLI_TOKEN', 'CIRCLECI_CLI_TOKEN'],
}
