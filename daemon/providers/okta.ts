/**
 * Okta, by the issuer of the org (`https://ORG.okta.com`) or of a custom authorization server (`…/oauth2/default`).
 * https://developer.okta.com/docs/guides/refresh-tokens/main/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { atRegistration, SET_SECRET, SIGN_IN } from './fixes.js'
import { openIdServer } from './oidc.js'
import type { Cause } from './cause.js'
import type { ProviderProfile } from './profile.js'
import { declined, SPENT_CODE } from './sharedCauses.js'

const CAUSES: readonly Cause[] = [
  {
    word: 'invalid_grant',
    text: 'pkce',
    matter: 'consent',
    cause: 'the code from the browser belongs to another sign-in',
    fix: SIGN_IN,
  },
  SPENT_CODE,
  {
    word: 'invalid_grant',
    matter: 'grant',
    cause:
      'the refresh token is expired or revoked, or came twice: Okta then ends all tokens since the sign-in',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_client',
    text: 'client_id',
    matter: 'client',
    cause: 'there is no application with the client id {clientId} in this org, or it is deactivated',
    fix: atRegistration('look up the client id, and whether the application is active'),
  },
  {
    word: 'invalid_client',
    matter: 'client',
    cause: 'Okta does not take the client secret, or the application proves itself in another way',
    fix: SET_SECRET,
  },
  {
    word: 'invalid_scope',
    matter: 'scopes',
    cause: 'the authorization server does not have all scopes that fob asks for: {scopes}',
    fix: {
      open: 'your Okta admin console, Security, API, the authorization server, Scopes',
      todo: 'add the scopes that are missing, or add the connection again with others',
    },
  },
  {
    word: 'access_denied',
    text: 'policy evaluation failed',
    matter: 'policy',
    cause: 'no rule of the access policy lets this person, application, grant type and scopes through',
    fix: {
      open: 'your Okta admin console, Security, API, the authorization server, Access Policies',
      todo: 'see that a rule covers the application and the grant types "Authorization Code" and "Refresh Token"',
    },
  },
  {
    word: 'access_denied',
    text: 'not assigned',
    matter: 'account',
    cause: 'the person is not assigned to the application',
    fix: {
      open: 'your Okta admin console, Applications, the application, Assignments',
      todo: 'assign the person or one of their groups, then sign in again',
    },
  },
  {
    word: 'unauthorized_client',
    matter: 'flow',
    cause: 'the application does not have this grant type ticked',
    fix: atRegistration('tick "Authorization Code", "Refresh Token" and, for codes, "Device Authorization"'),
  },
  {
    word: 'invalid_dpop_proof',
    matter: 'policy',
    cause: 'the application asks for tokens bound to a key (DPoP), which fob does not do',
    fix: atRegistration('untick "Require Demonstrating Proof of Possession (DPoP) header in token requests"'),
  },
  declined('somebody pressed "Don\'t Allow" on the page that asks'),
]

export const okta: ProviderProfile = {
  ...openIdServer,
  id: ProviderId.parse('okta'),
  name: 'Okta',
  scopes: {
    usual: ['openid', 'email', 'offline_access'],
    presets: { read: ['openid', 'email', 'profile', 'offline_access'] },
    unnamed: {
      purposes: ['ci', 'write'],
      why: 'each authorization server has scopes of its own; name them by --scopes',
    },
  },
  // The leeway is 30 s until an administrator sets another; five of them are for the way there. With a leeway of 0 a
  // lost answer costs the grant whether it is asked for again or not: then at once, with all access tokens.
  refreshToken: { kind: 'rotating', graceMs: 25_000 },
  // That a refresh may name fewer is told; that the next refresh token keeps all is from memory.
  downScope: {
    kind: 'none',
    why: 'Okta does not promise that the grant keeps its scopes when a refresh names fewer',
  },
  // Compared whole: the port has to be the registered one.
  redirect: { host: '127.0.0.1', port: 34_108, path: '/callback' },
  // A page of status 400: "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings".
  dryRequest: 'pages',
  causes: CAUSES,
  // From memory; it ends what the person has at every application.
  grantsPage: 'your Okta admin console, Directory, People, the person, Clear sessions & revoke tokens',
  registration: 'your Okta admin console, Applications, "Native application" with the grant "Refresh Token"',
}
