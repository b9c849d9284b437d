/** Vendors whose servers are OpenID Connect servers, by what each does otherwise. */
import { anyLoopbackPort } from './authorize.js'
import type { DeskRules } from './deskRules.js'
import * as misfortunes from './misfortunesOfVendors.js'
import { openIdPersonality } from './openId.js'
import type { OpenIdVendor } from './openIdVendor.js'
import type { Personality } from './personality.js'

/** Each refresh token is for one use; one that comes back ends the grant (RFC 9700 §4.14.2). */
const rotating = (accessLifetimeS: number): DeskRules => ({
  accessLifetimeS,
  refresh: 'singleUse',
  refreshEndsAccessToken: false,
  reuseEndsGrant: true,
  prefixes: { access: '', refresh: '' },
})

/** The leeway is 30 s until an administrator sets another, from 0 to 60. */
const oktaRules: DeskRules = { ...rotating(3_600), graceS: 30 }

const oktaEndpoints = (below: string): OpenIdVendor['endpoints'] => ({
  authorize: `${below}/v1/authorize`,
  token: `${below}/v1/token`,
  device: `${below}/v1/device/authorize`,
  revoke: `${below}/v1/revoke`,
})

/**
 * Custom authorization server. A spent refresh token that comes back ends the newest pair and every access token.
 * https://developer.okta.com/docs/guides/refresh-tokens/main/
 */
const oktaCustom: Omit<OpenIdVendor, 'rules'> = {
  id: 'okta',
  path: '/oauth2/default',
  endpoints: oktaEndpoints(''),
  // Compared whole, the port included.
  allows: (uri) => uri === 'http://127.0.0.1:34108/callback',
  invalidGrant: { status: 400, sentence: 'The refresh token is invalid or expired.' },
}

export const okta = openIdPersonality({ ...oktaCustom, misfortunes: misfortunes.okta, rules: oktaRules })

/** With a leeway of 0. */
export const oktaWithoutLeeway = {
  ...openIdPersonality({ ...oktaCustom, rules: { ...oktaRules, graceS: 0 } }),
  as: 'without leeway',
}

/** The org's own server: its issuer is the org, and its addresses lie below `/oauth2`. It has no scopes of one's own. */
export const oktaOrg = {
  ...openIdPersonality({ ...oktaCustom, path: '', endpoints: oktaEndpoints('/oauth2'), rules: oktaRules }),
  as: 'org server',
}

/** The issuer ends in a slash, and a dead refresh token is a 403. https://auth0.com/docs/secure/tokens/refresh-tokens */
const auth0Tenant: Omit<OpenIdVendor, 'rules'> = {
  id: 'auth0',
  path: '/',
  endpoints: {
    authorize: '/authorize',
    token: '/oauth/token',
    device: '/oauth/device/code',
    revoke: '/oauth/revoke',
  },
  allows: (uri) => uri === 'http://127.0.0.1:34109/callback',
  hearsAudience: true,
  narrows: true,
  revokesAll: true,
  invalidGrant: { status: 403, sentence: 'Unknown or invalid refresh token.' },
}

const auth0Rules = rotating(86_400)

/** Without a "Rotation Overlap Period", as it comes. */
export const auth0 = openIdPersonality({
  ...auth0Tenant,
  misfortunes: misfortunes.auth0,
  rules: auth0Rules,
})

/** A tenant with an overlap: within it the refresh token used last is taken again, and no older one. */
export const auth0WithOverlap = openIdPersonality({ ...auth0Tenant, rules: { ...auth0Rules, graceS: 60 } })

/**
 * Google: the same refresh token for good, and none at all unless both are asked for.
 * https://developers.google.com/identity/protocols/oauth2/native-app
 */
export const google = openIdPersonality({
  id: 'google',
  path: '',
  endpoints: { authorize: '/o/oauth2/v2/auth', token: '/token', revoke: '/revoke' },
  allows: anyLoopbackPort,
  offlineBy: { access_type: 'offline', prompt: 'consent' },
  revokesAll: true,
  invalidGrant: { status: 400, sentence: 'Token has been expired or revoked.' },
  misfortunes: misfortunes.google,
  rules: {
    accessLifetimeS: 3_600,
    refresh: 'reusable',
    refreshEndsAccessToken: false,
    reuseEndsGrant: false,
    prefixes: { access: 'ya29.', refresh: '1//' },
  },
})

/**
 * Access tokens of five minutes, and the port of a loopback address is not looked at.
 * https://www.keycloak.org/docs/latest/server_admin/
 */
const realm: Omit<OpenIdVendor, 'rules'> = {
  id: 'keycloak',
  path: '/realms/work',
  endpoints: {
    authorize: '/protocol/openid-connect/auth',
    token: '/protocol/openid-connect/token',
    device: '/protocol/openid-connect/auth/device',
    revoke: '/protocol/openid-connect/revoke',
  },
  allows: anyLoopbackPort,
  // Of an offline token, which has no end: 0 is not a token that is over.
  says: { refresh_expires_in: 0, 'not-before-policy': 0 },
  // Standard token exchange, switched on for the client; `email` is one of its default client scopes.
  exchanges: { always: ['email'], audiences: ['orders'] },
  // Revoking takes the consent back, and with it whatever was given on it.
  remembersConsent: true,
  revokesAll: true,
  invalidGrant: { status: 400, sentence: 'Token is not active' },
}

const keycloakRules = rotating(300)

/** A realm with "Revoke Refresh Token" on. */
export const keycloak = openIdPersonality({
  ...realm,
  misfortunes: misfortunes.keycloak,
  rules: keycloakRules,
})

/** A realm as it comes: each refresh brings another refresh token, and those of before stay valid. */
export const keycloakWithoutRotation = {
  ...openIdPersonality({
    ...realm,
    rules: { ...keycloakRules, refresh: 'renewed', reuseEndsGrant: false },
  }),
  as: 'without rotation',
}

/**
 * An issuer as clusters trust it: refresh tokens change at each use, and each refresh brings a new id token, which
 * the cluster checks by its signature. https://dexidp.io/docs/configuration/tokens/
 */
export const kubernetes = openIdPersonality({
  id: 'kubernetes',
  path: '/dex',
  endpoints: { authorize: '/auth', token: '/token', device: '/device/code', revoke: '/revoke' },
  allows: anyLoopbackPort,
  handsOn: 'idToken',
  misfortunes: misfortunes.kubernetes,
  rules: rotating(3_600),
})

/** A server that keeps to the RFCs, and describes itself at its root. */
const anyServer = openIdPersonality({
  id: 'oidc',
  path: '',
  endpoints: { authorize: '/authorize', token: '/token', device: '/device', revoke: '/revoke' },
  allows: anyLoopbackPort,
  misfortunes: misfortunes.standard,
  rules: rotating(3_600),
})

/** The same, where programs register the clients that they are. */
export const oidcRegistering: Personality = {
  ...openIdPersonality({
    id: 'oidc',
    path: '',
    endpoints: {
      authorize: '/authorize',
      token: '/token',
      device: '/device',
      revoke: '/revoke',
      register: '/register',
    },
    allows: anyLoopbackPort,
    misfortunes: misfortunes.registering,
    rules: rotating(3_600),
  }),
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  as: 'that registers clients',
}

export const oidc: Personality = { ...anyServer, scopes: ['openid', 'profile', 'email', 'offline_access'] }

/** The same, for a client that acts for itself. */
export const serviceAccount: Personality = {
  ...anyServer,
  id: 'service-account',
  misfortunes: misfortunes.serviceAccount,
}
