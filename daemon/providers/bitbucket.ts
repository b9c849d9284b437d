/**
 * Bitbucket Cloud. Not Atlassian's common sign-in: it has a server of its own, with consumers of a workspace.
 * https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { SET_SECRET, SIGN_IN } from './fixes.js'
import type { Cause } from './cause.js'
import type { Base, ProviderProfile } from './profile.js'

/** The API is on a host of its own, except where a server is played. */
const apiOf = ({ origin, hostname }: Base): string =>
  hostname === 'bitbucket.org' ? 'https://api.bitbucket.org' : origin

const endpoints = (base: Base) => ({
  authorization_endpoint: `${base.origin}/site/oauth2/authorize`,
  token_endpoint: `${base.origin}/site/oauth2/access_token`,
  userinfo_endpoint: `${apiOf(base)}/2.0/user`,
})

const CONSUMERS = 'https://bitbucket.org/account/settings/ (workspace settings, OAuth consumers)'

/** Told by people, not by its documentation: so each says no more than what a person can check. */
const CAUSES: readonly Cause[] = [
  {
    word: 'invalid_grant',
    during: 'signIn',
    matter: 'redirect',
    cause: 'the code was used or too old, or the callback URL of the consumer is not the one fob listens on',
    fix: { open: CONSUMERS, todo: 'see that the callback URL is {redirectUri}, then sign in again' },
  },
  {
    word: 'invalid_grant',
    matter: 'grant',
    cause: 'the refresh token was used by another program, revoked, or not used for three months',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_client',
    matter: 'client',
    cause: 'Bitbucket does not take this key with this secret',
    fix: SET_SECRET,
  },
  {
    word: 'unauthorized_client',
    matter: 'client',
    cause: 'the consumer is gone, or may not sign people in',
    fix: {
      open: CONSUMERS,
      todo: 'see that the consumer with the key {clientId} is there and has a callback URL',
    },
  },
  {
    word: 'invalid_request',
    text: 'redirect_uri',
    matter: 'redirect',
    cause: 'the callback URL of the consumer is not the beginning of the one fob sends',
    fix: { open: CONSUMERS, todo: 'set the callback URL to {redirectUri}' },
  },
  {
    word: 'Your credentials lack one or more required privilege scopes.',
    during: 'use',
    matter: 'scopes',
    cause: 'the consumer does not have all permissions ticked that this asks for',
    fix: { open: CONSUMERS, todo: 'tick "Account: Read" and what else you need, then sign in again' },
  },
]

export const bitbucket: ProviderProfile = {
  id: ProviderId.parse('bitbucket'),
  name: 'Bitbucket Cloud',
  needs: ['client-id', 'client-secret'],
  server: { kind: 'known', base: 'https://bitbucket.org', endpoints },
  // Nothing says that a public client may, and there is no device flow.
  flows: { code: 'client_secret_basic' },
  // Scopes are ticked on the consumer. Whether a request may name some is told both ways, so it names none.
  scopes: {
    usual: [],
    presets: {},
    unnamed: {
      purposes: ['read', 'ci', 'write'],
      why: 'what its tokens may do is ticked on the consumer',
    },
  },
  // Announced to change at each use. Nothing is said of a grace, so a second use counts as theft.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  // Nothing says that it lives on, so it is taken for the worse.
  refreshEndsAccessToken: true,
  // What is ticked at the consumer is what each token is for.
  downScope: { kind: 'none', why: 'what is ticked at the consumer is what each access token is for' },
  // One callback a consumer, and what is asked for must begin with it: the port cannot vary.
  redirect: { host: 'localhost', port: 34_106, path: '/callback' },
  // Two hours, always stated; for an answer that does not.
  defaultLifetimeMs: 7_200_000,
  account: { id: 'account_id', labels: ['nickname', 'display_name'] },
  errors: {},
  causes: CAUSES,
  trial: { path: '', approval: '' },
  api: { origins: (base) => [apiOf(base)] },
  revocation: 'standard',
  authorizationParameters: {},
  // From memory: it has people sign in before it looks at what is asked.
  dryRequest: 'nothing',
  // "App authorizations", from memory.
  grantsPage: 'https://bitbucket.org/account/settings/app-authorizations/',
  registration: CONSUMERS,
  // Bitbucket has no command of its own; this is what scripts call it.
  variables: ['BITBUCKET_TOKEN'],
  git: { hosts: 'own', username: 'x-token-auth' },
}
