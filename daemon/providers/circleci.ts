/**
 * CircleCI's cloud: an OAuth server at which fob registers itself (RFC 7591) and to which it pushes what it asks (RFC
 * 9126). What comes is a personal API token of ninety days and no refresh token, so a person consents again before
 * its end; that ends the token of before. CircleCI Server has no such pages: a personal API token is a stored secret.
 * https://circleci.com/docs/guides/toolkit/oauth-dynamic-client-registration/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import type { Base, ProviderProfile } from './profile.js'

/** The API is on a host of its own, except where a server is played. */
const endpoints = ({ origin, hostname }: Base) => ({
  authorization_endpoint: `${origin}/oauth/authorize`,
  token_endpoint: `${origin}/oauth/token`,
  registration_endpoint: `${origin}/oauth/register`,
  pushed_authorization_request_endpoint: `${origin}/oauth/par`,
  userinfo_endpoint: `${hostname === 'app.circleci.com' ? 'https://circleci.com' : origin}/api/v2/me`,
})

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
  // What is asked for has to be what was registered, the port included.
  redirect: { host: '127.0.0.1', port: 34_111, path: '/callback' },
  // Ninety days, always stated; for an answer that does not.
  defaultLifetimeMs: 7_776_000_000,
  account: { id: 'id', labels: ['login', 'name'] },
  errors: {},
  revocation: 'standard',
  authorizationParameters: {},
  grantsPage: 'https://app.circleci.com/settings/user/tokens',
  registration: '',
  // Its command of today reads the first and, as an older name, the second; the one before it the third.
  variables: ['CIRCLE_TOKEN', 'CIRCLE_CLI_TOKEN', 'CIRCLECI_CLI_TOKEN'],
}
