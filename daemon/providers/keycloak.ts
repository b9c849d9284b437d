/**
 * Keycloak, by the issuer of a realm: `https://HOST/realms/NAME`, before version 17 `https://HOST/auth/realms/NAME`.
 * https://www.keycloak.org/docs/latest/server_admin/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { SET_SECRET, SIGN_IN } from './fixes.js'
import { openIdServer } from './oidc.js'
import type { Cause } from './cause.js'
import type { ProviderProfile } from './profile.js'
import { declined, SPENT_CODE } from './sharedCauses.js'

const CLIENT = 'your Keycloak admin console, Clients, {clientId}'
const USERS = 'your Keycloak admin console, Users'

/** In the words of its sources (`OAuthErrorException`, `TokenManager`). */
const CAUSES: readonly Cause[] = [
  {
    word: 'invalid_grant',
    text: 'session not active',
    matter: 'grant',
    cause: 'the session behind the grant is over: it idled too long, or an administrator ended it',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_grant',
    text: 'reuse exceeded',
    matter: 'grant',
    cause: 'the refresh token came more often than the realm allows: another program has the same one',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_grant',
    text: 'stale token',
    matter: 'grant',
    cause: 'a newer refresh token of the same session was used already: another program has the same grant',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_grant',
    text: 'disabled',
    matter: 'account',
    cause: 'the account is disabled in this realm',
    fix: { open: USERS, todo: 'have the account enabled, then sign in again' },
  },
  {
    word: 'invalid_grant',
    text: 'not fully set up',
    matter: 'account',
    cause: 'the account has required actions open, such as a new password or a second factor',
    fix: { open: '{issuer}/account', todo: 'sign in there and do what it asks, then sign in again' },
  },
  SPENT_CODE,
  {
    word: 'invalid_grant',
    matter: 'grant',
    cause: 'the refresh token is expired, revoked, or came twice',
    fix: SIGN_IN,
  },
  {
    word: 'unauthorized_client',
    text: 'device authorization grant',
    matter: 'flow',
    cause: 'the client may not sign in by a code',
    fix: { open: CLIENT, todo: 'tick "OAuth 2.0 Device Authorization Grant" under "Capability config"' },
  },
  {
    word: 'unauthorized_client',
    text: 'service account',
    matter: 'flow',
    cause: 'the client may not act for itself',
    fix: { open: CLIENT, todo: 'tick "Service accounts roles" under "Capability config"' },
  },
  {
    word: 'unauthorized_client',
    text: 'credentials',
    matter: 'client',
    cause: 'Keycloak does not take this client id with this client secret',
    fix: SET_SECRET,
  },
  {
    word: 'invalid_client',
    matter: 'client',
    cause: 'there is no client {clientId} in this realm, or its secret is another',
    fix: SET_SECRET,
  },
  {
    word: 'invalid_request',
    text: 'token exchange is not enabled',
    matter: 'flow',
    cause: 'the client may not exchange its access token for one for less',
    fix: { open: CLIENT, todo: 'turn on "Standard token exchange" under "Capability config"' },
  },
  {
    word: 'invalid_request',
    text: 'audience not available',
    matter: 'scopes',
    cause: 'the client has nothing that lets an access token be for this audience',
    fix: {
      open: `${CLIENT}, Client scopes`,
      todo: 'add the scopes of that client, or one with an audience mapper for it, then ask again',
    },
  },
  {
    word: 'invalid_scope',
    matter: 'scopes',
    cause: 'the client does not have all scopes that fob asks for: {scopes}',
    fix: { open: `${CLIENT}, Client scopes`, todo: 'add the scopes that are missing, then sign in again' },
  },
  {
    word: 'not_allowed',
    text: 'offline',
    matter: 'scopes',
    cause: 'the person does not have the role `offline_access`, or the client may not give it',
    fix: { open: USERS, todo: 'have the realm role `offline_access` assigned, then sign in again' },
  },
  {
    word: 'invalid_request',
    text: 'https required',
    matter: 'trust',
    cause: 'the realm wants https, and this issuer is http',
    fix: { open: '{issuer}', todo: 'find its https address, and add the connection again with it as issuer' },
  },
  {
    word: 'Realm does not exist',
    matter: 'account',
    cause: 'there is no realm at {issuer} (any more)',
    fix: { open: '{issuer}', todo: 'look up the name of the realm, and add the connection again' },
  },
  {
    word: 'insufficient_scope',
    during: 'use',
    matter: 'scopes',
    cause: 'the access token has no scope `openid`, although it was asked for',
    fix: { open: `${CLIENT}, Client scopes`, todo: 'add `openid`, then sign in again' },
  },
  declined('somebody pressed "No" on the page that asks to grant access'),
]

export const keycloak: ProviderProfile = {
  ...openIdServer,
  id: ProviderId.parse('keycloak'),
  name: 'Keycloak',
  // `offline_access` outlives the session in the browser, whose end would end the refresh token too.
  scopes: {
    usual: ['openid', 'email', 'offline_access'],
    presets: {},
    unnamed: {
      purposes: ['read', 'ci', 'write'],
      why: 'each realm has client scopes of its own; name them by --scopes',
    },
  },
  // Reusable, unless the realm revokes refresh tokens at use: it is not said which.
  // Its life is told as `refresh_expires_in`, which is 0 for one without end, and is not relied on.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  // Whether a refresh heeds what it names depends on the version, and a server does not say which it is. From 26.2 on a
  // confidential client may be allowed to exchange its access tokens; before that, it is told that it may not.
  // https://www.keycloak.org/securing-apps/token-exchange
  downScope: {
    kind: 'exchange',
    audience: 'audience:',
    unnamed:
      'every access token has the default client scopes of the client: name them too, or make them optional there',
  },
  // Pages of status 400: "Client not found.", "Invalid parameter: redirect_uri".
  dryRequest: 'pages',
  // Revoking takes the consent back too (keycloak#12916), and with it what else it was given for; the next sign-in
  // asks the person again.
  revocationEndsAll: true,
  grantsPage: '{issuer}/account/#/applications',
  causes: CAUSES,
  // Roles come below members of their own, where a mapper puts them into the id token or userinfo.
  account: { ...openIdServer.account, claims: ['groups', 'roles', 'realm_access.roles'] },
  registration:
    'your Keycloak admin console, Clients, "Client authentication" off, redirect URI without a port',
}
