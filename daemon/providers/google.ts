/**
 * Google, for Google Cloud: a client of type "Desktop app".
 * https://developers.google.com/identity/protocols/oauth2/native-app
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { SET_SECRET, SIGN_IN } from './fixes.js'
import { openIdServer } from './oidc.js'
import type { Cause } from './cause.js'
import type { ProviderProfile } from './profile.js'

const CLOUD = 'https://www.googleapis.com/auth/cloud-platform'

const CLIENTS = 'https://console.cloud.google.com/apis/credentials'

const CAUSES: readonly Cause[] = [
  {
    word: 'invalid_grant',
    text: 'rapt',
    matter: 'policy',
    cause: 'your organisation asks for a fresh sign-in after some hours (Google Cloud session control)',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_grant',
    text: 'account has been deleted',
    matter: 'account',
    cause: 'the Google account was deleted',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_grant',
    text: 'expired or revoked',
    matter: 'grant',
    cause:
      'the refresh token was revoked, not used for six months, or is a week old and the consent screen is ' +
      'still set to "Testing"',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_grant',
    during: 'signIn',
    matter: 'consent',
    cause:
      'the code from the browser was wrong, too old or used already, or the clock of this machine is off',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_grant',
    matter: 'grant',
    cause: 'Google does not take the refresh token: it is of another client, or gave way to newer ones',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_client',
    text: 'not found',
    matter: 'client',
    cause: 'there is no OAuth client {clientId}',
    fix: { open: CLIENTS, todo: 'look up the client id, then add the connection again' },
  },
  {
    word: 'deleted_client',
    matter: 'client',
    cause: 'the OAuth client {clientId} was deleted',
    fix: { open: CLIENTS, todo: 'restore the client within 30 days, or register another' },
  },
  {
    word: 'disabled_client',
    matter: 'client',
    cause: 'the OAuth client {clientId} is disabled',
    fix: { open: CLIENTS, todo: 'enable the client again' },
  },
  {
    word: 'invalid_client',
    matter: 'client',
    cause: 'Google does not take the client secret',
    fix: SET_SECRET,
  },
  {
    word: 'unauthorized_client',
    matter: 'client',
    cause: 'the OAuth client is of another type than "Desktop app"',
    fix: { open: CLIENTS, todo: 'register a client of type "Desktop app" and add the connection again' },
  },
  {
    word: 'redirect_uri_mismatch',
    matter: 'redirect',
    cause: 'the OAuth client is of another type than "Desktop app", and wants each redirect URI registered',
    fix: { open: CLIENTS, todo: 'register a client of type "Desktop app" and add the connection again' },
  },
  {
    word: 'invalid_scope',
    matter: 'scopes',
    cause: 'Google does not know all scopes that fob asks for, or not for this client: {scopes}',
    fix: {
      open: 'https://developers.google.com/identity/protocols/oauth2/scopes',
      todo: 'look up the scopes, and add the connection again with --scopes',
    },
  },
  {
    word: 'admin_policy_enforced',
    matter: 'policy',
    cause: 'an administrator of your Google Workspace does not allow this app or these scopes',
    fix: {
      open: 'https://admin.google.com/ac/owl (API controls)',
      todo: 'ask an administrator to trust the client id {clientId}',
    },
  },
  {
    word: 'org_internal',
    matter: 'account',
    cause: 'the app is for accounts of its own organisation only',
    fix: SIGN_IN,
  },
  {
    word: 'access_denied',
    during: 'signIn',
    matter: 'consent',
    cause: 'somebody declined, or the app is in "Testing" and this account is not one of its test users',
    fix: {
      open: 'https://console.cloud.google.com/auth/audience',
      todo: 'add the account as a test user, or publish the app; then sign in again',
    },
  },
  {
    word: 'invalid_token',
    during: 'use',
    matter: 'accessToken',
    cause:
      'Google refuses the access token: the access was removed at https://myaccount.google.com/connections',
    fix: SIGN_IN,
  },
]

export const google: ProviderProfile = {
  ...openIdServer,
  id: ProviderId.parse('google'),
  name: 'Google Cloud',
  needs: ['client-id', 'client-secret'],
  server: { kind: 'discovered', issuer: 'https://accounts.google.com' },
  // A desktop client has a secret that is none, and is asked for it all the same. Codes for devices are said to be for
  // few scopes, and none of the cloud's: so there is no such flow here.
  flows: { code: 'client_secret_post' },
  scopes: {
    usual: ['openid', 'email', CLOUD],
    presets: {
      read: ['openid', 'email', `${CLOUD}.read-only`],
      // Scopes of single services are many; what the account may do there is for IAM to say.
      ci: ['openid', 'email', CLOUD],
      write: ['openid', 'email', CLOUD],
    },
    // Asked for as `email` and `profile`, granted by addresses.
    signIn: ['email', 'profile'].map((what) => `https://www.googleapis.com/auth/userinfo.${what}`),
  },
  // The same one is kept, and an answer to a refresh brings none. Its pages promise neither this nor that the access
  // token of before lives on; but its own libraries share one refresh token in a file that none of them writes, each
  // process for itself, which could not be otherwise.
  refreshToken: { kind: 'reusable' },
  refreshEndsAccessToken: false,
  // That a refresh may name fewer is from memory. Its access boundaries are for Cloud Storage alone.
  downScope: { kind: 'none', why: 'Google does not promise that a refresh may name fewer scopes' },
  defaultLifetimeMs: 3_600_000,
  // Without both a second consent brings no refresh token.
  authorizationParameters: { access_type: 'offline', prompt: 'consent' },
  // What is ended is the access of the client, so that all its tokens for the account go; from memory.
  revocationEndsAll: true,
  grantsPage: 'https://myaccount.google.com/connections',
  causes: CAUSES,
  // Each service has a host of its own.
  api: { origins: () => ['https://*.googleapis.com'] },
  // Of its pages for a wrong client or redirect URI nothing is known for sure.
  dryRequest: 'errors',
  registration: `${CLIENTS} (OAuth client ID, type "Desktop app")`,
  // What gcloud and Terraform read.
  variables: ['CLOUDSDK_AUTH_ACCESS_TOKEN', 'GOOGLE_OAUTH_ACCESS_TOKEN'],
}
