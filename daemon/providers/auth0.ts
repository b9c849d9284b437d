/**
 * Auth0, by the tenant's issuer with its closing slash: `https://TENANT.auth0.com/`.
 * https://auth0.com/docs/secure/tokens/refresh-tokens
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { SET_SECRET, SIGN_IN } from './fixes.js'
import { webIdentity } from './awsService.js'
import { openIdServer } from './oidc.js'
import type { Cause } from './cause.js'
import type { ProviderProfile } from './profile.js'
import { declined, SPENT_CODE } from './sharedCauses.js'

const CAUSES: readonly Cause[] = [
  SPENT_CODE,
  {
    word: 'invalid_grant',
    matter: 'grant',
    cause: 'the refresh token is expired, revoked, came twice, or gave way to newer ones (200 an account)',
    fix: SIGN_IN,
  },
  {
    word: 'access_denied',
    text: 'unauthorized',
    matter: 'client',
    cause: 'Auth0 does not take this client id with this client secret',
    fix: SET_SECRET,
  },
  {
    word: 'access_denied',
    text: 'service not enabled',
    matter: 'scopes',
    cause: 'the tenant has no API with the audience that is asked for',
    fix: {
      open: 'your Auth0 dashboard, Applications, APIs',
      todo: 'see that the API is there and authorized',
    },
  },
  {
    word: 'unauthorized_client',
    text: 'device_code',
    matter: 'flow',
    cause: 'the application may not sign in by a code',
    fix: {
      open: 'your Auth0 dashboard, Applications, the application, Advanced Settings, Grant Types',
      todo: 'tick "Device Code"',
    },
  },
  {
    word: 'unauthorized_client',
    matter: 'flow',
    cause: 'the application does not have this grant type ticked',
    fix: {
      open: 'your Auth0 dashboard, Applications, the application, Advanced Settings, Grant Types',
      todo: 'tick "Authorization Code" and "Refresh Token"',
    },
  },
  {
    word: 'mfa_required',
    matter: 'policy',
    cause: 'the tenant wants a second factor, which only a person can give',
    fix: SIGN_IN,
  },
  {
    word: 'too_many_requests',
    matter: 'provider',
    cause: 'the tenant is asked more often than its plan allows',
    fix: 'wait',
  },
  {
    word: 'unauthorized',
    text: 'blocked',
    matter: 'account',
    cause: 'the account is blocked in this tenant',
    fix: {
      open: 'your Auth0 dashboard, User Management, Users',
      todo: 'unblock the account, or have it unblocked',
    },
  },
  declined('somebody declined on the page that asks'),
]

export const auth0: ProviderProfile = {
  ...openIdServer,
  id: ProviderId.parse('auth0'),
  name: 'Auth0',
  scopes: {
    usual: ['openid', 'email', 'offline_access'],
    presets: {},
    unnamed: {
      purposes: ['read', 'ci', 'write'],
      why: 'each API of a tenant has scopes of its own; name them by --scopes',
    },
  },
  // Without an audience the access token is opaque, and good for Auth0's own user info alone.
  details: {
    ...webIdentity.details,
    audience: {
      pattern: /^[\x21-\x7e]{1,600}$/,
      example: 'https://api.example.com/',
      required: false,
      sentWith: 'beginnings',
    },
  },
  // Rotation may be on, with an overlap that a tenant sets; without knowing, none.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  // "If not sent, the original scopes will be used; otherwise you can request a reduced set."
  downScope: { kind: 'refresh' },
  // An exact list, without wildcards for ports: from memory, and where ports may vary a fixed one does as well.
  redirect: { host: '127.0.0.1', port: 34_109, path: '/callback' },
  // Tenants may have it otherwise, and a refresh token does not say.
  revocationEndsAll: true,
  causes: CAUSES,
  // From memory.
  grantsPage: 'your Auth0 dashboard, User Management, Users, the account, Authorized Applications',
  // Of its pages for a wrong client or redirect URI nothing is known for sure.
  dryRequest: 'errors',
  registration: 'your Auth0 dashboard, Applications, "Native"',
}
