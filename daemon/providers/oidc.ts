/** Any OpenID Connect server by its issuer, and any OAuth 2.0 server by its endpoints. */
import { ProviderId } from '../../shared/contract/ids.js'
import { webIdentity } from './awsService.js'
import { SIGN_IN } from './fixes.js'
import type { DetailRule, ProviderProfile } from './profile.js'

/** RFC 8707: which resource the access token is for; asked for again with each, as its §2.2 allows. */
const resource: DetailRule = {
  pattern: /^[a-z][a-z0-9+.-]*:[^\s#]+$/i,
  example: 'https://api.example.com/',
  required: false,
  sentWith: 'everyRequest',
}

/** What is so of every server of OpenID Connect, unless its vendor does otherwise. */
export const openIdServer: ProviderProfile = {
  id: ProviderId.parse('oidc'),
  name: 'OpenID Connect',
  needs: ['issuer', 'client-id'],
  server: { kind: 'discovered' },
  flows: { code: 'bySecret', device: 'bySecret', 'client-credentials': 'bySecret' },
  // What is sensible to ask depends on the server, so nothing is asked unasked.
  scopes: {
    usual: [],
    presets: {},
    unnamed: {
      purposes: ['read', 'ci', 'write'],
      why: 'only its owner knows its scopes; name them by --scopes',
    },
  },
  // An unknown server may revoke the grant when a refresh token comes twice (RFC 9700 §4.14.2), so none is.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  refreshEndsAccessToken: false,
  // RFC 6749 §6 has the next refresh token keep all scopes; some servers narrow the grant for good all the same.
  downScope: {
    kind: 'none',
    why: 'nobody can say whether a refresh for fewer scopes would narrow the grant for good',
  },
  // Loopback literal with any port is what RFC 8252 §7.3 obliges servers to accept.
  redirect: { host: '127.0.0.1', port: 0, path: '/callback' },
  // RFC 6749 §5.1 lets servers leave expires_in out; an hour is the common life, and a reject mends a wrong guess.
  defaultLifetimeMs: 3_600_000,
  // OpenID Connect Core §5.1; groups and roles have no standard name, these are the usual (RFC 9068 §2.2.3.1).
  account: {
    id: 'sub',
    labels: ['email', 'preferred_username', 'name'],
    claims: ['groups', 'roles', 'entitlements'],
  },
  ...webIdentity,
  details: { ...webIdentity.details, resource },
  errors: {},
  // OpenID Connect Core §5.3: userinfo takes what was given for `openid`.
  trial: { path: '', approval: '' },
  revocation: 'standard',
  authorizationParameters: {},
  // Of a wrong client or redirect URI the server has to tell the person (RFC 6749 §4.1.2.1), so on a page.
  dryRequest: 'pages',
  registration: '',
  variables: [],
}

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

const BY_HAND = {
  open: '{issuer}',
  todo: 'register a client there with the redirect URI {redirectUri}, then add the connection again with its --client-id',
} as const

/** Where a vendor is known a person registers the client, on its pages. */
export const oidc: ProviderProfile = {
  ...openIdServer,
  // OpenID Connect Dynamic Client Registration; a client of this machine can keep no secret (RFC 8252 §8.5).
  clientRegistration: {
    offered: true,
    authentication: 'client_secret_basic',
    metadata: ({ scopes, flow }) => ({
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: [flow === 'device' ? DEVICE_GRANT : 'authorization_code', 'refresh_token'],
      response_types: flow === 'device' ? [] : ['code'],
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    }),
  },
  causes: [
    {
      word: 'invalid_client',
      ofRegistered: true,
      matter: 'client',
      cause: 'the server has forgotten the client that fob registered there',
      fix: SIGN_IN,
    },
    {
      word: 'invalid_redirect_uri',
      ofRegistered: true,
      matter: 'redirect',
      cause: 'the server registers no client that comes back to this machine',
      fix: BY_HAND,
    },
    {
      // Some want a token of an administrator for it, others a host that they know.
      word: ['invalid_client_metadata', 'invalid_token', 'insufficient_scope'],
      during: 'signIn',
      ofRegistered: true,
      matter: 'client',
      cause: 'the server does not register a client for a program that nobody there has admitted',
      fix: BY_HAND,
    },
  ],
}
