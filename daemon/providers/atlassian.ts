/**
 * Atlassian Cloud: Jira and Confluence by OAuth 2.0 (3LO).
 * https://developer.atlassian.com/cloud/oauth/getting-started/enabling-oauth-3lo/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import { atRegistration, SET_SECRET, SIGN_IN } from './fixes.js'
import type { Cause } from './cause.js'
import type { Base, ProviderProfile } from './profile.js'
import { declined, SPENT_CODE } from './sharedCauses.js'

const apiOf = ({ origin, hostname }: Base): string =>
  hostname === 'auth.atlassian.com' ? 'https://api.atlassian.com' : origin

const endpoints = (base: Base) => ({
  authorization_endpoint: `${base.origin}/authorize`,
  token_endpoint: `${base.origin}/oauth/token`,
  userinfo_endpoint: `${apiOf(base)}/me`,
})

/** The server is Auth0's, and so are its words. */
const CAUSES: readonly Cause[] = [
  SPENT_CODE,
  {
    word: 'invalid_grant',
    matter: 'grant',
    cause: 'the refresh token was used by another program, revoked, or not used for three months',
    fix: SIGN_IN,
  },
  {
    word: 'unauthorized_client',
    text: 'refresh_token is invalid',
    matter: 'grant',
    cause: 'the refresh token is not one of this app, or no longer',
    fix: SIGN_IN,
  },
  {
    word: 'access_denied',
    text: 'unauthorized',
    matter: 'client',
    cause: 'Atlassian does not take this client id with this client secret',
    fix: SET_SECRET,
  },
  {
    word: 'invalid_scope',
    matter: 'scopes',
    cause: 'the app does not have all permissions that fob asks for: {scopes}',
    fix: atRegistration('choose the app, add the scopes under "Permissions", then sign in again'),
  },
  declined('somebody pressed "Cancel" on the page that asks to accept'),
  {
    word: 'Unauthorized',
    during: 'use',
    matter: 'accessToken',
    cause:
      'Atlassian refuses the access token: the app was removed under "Connected apps", or refreshed elsewhere',
    fix: SIGN_IN,
  },
]

export const atlassian: ProviderProfile = {
  id: ProviderId.parse('atlassian'),
  name: 'Atlassian (Jira, Confluence)',
  needs: ['client-id', 'client-secret'],
  server: { kind: 'known', base: 'https://auth.atlassian.com', endpoints },
  flows: { code: 'client_secret_post' },
  // `offline_access` brings the refresh token, `read:me` the account.
  scopes: {
    usual: ['offline_access', 'read:me', 'read:jira-work', 'read:jira-user'],
    presets: {
      read: ['offline_access', 'read:me', 'read:jira-work', 'read:jira-user'],
      ci: ['offline_access', 'read:me', 'read:jira-work', 'write:jira-work'],
      write: ['offline_access', 'read:me', 'read:jira-work', 'read:jira-user', 'write:jira-work'],
    },
  },
  // It is said to forgive a second use for ten minutes, which its pages do not promise.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  // Said to be the most, however often it is refreshed; should it last longer, the reminder comes too early.
  consentLifeMs: 365 * 86_400_000,
  // Told both ways; so it is taken for the worse.
  refreshEndsAccessToken: true,
  // Its refresh is not said to take scopes.
  downScope: { kind: 'none', why: 'a refresh at Atlassian takes no scopes' },
  // One callback address an app, compared whole.
  redirect: { host: 'localhost', port: 34_107, path: '/callback' },
  defaultLifetimeMs: 3_600_000,
  account: { id: 'account_id', labels: ['email', 'name'] },
  errors: {},
  causes: CAUSES,
  trial: { path: '', approval: '' },
  // Jira and Confluence of every site, by its cloud id in the path.
  api: { origins: (base) => [apiOf(base)] },
  revocation: 'standard',
  authorizationParameters: { audience: 'api.atlassian.com', prompt: 'consent' },
  registration: 'https://developer.atlassian.com/console/myapps/',
  // "Connected apps", from memory.
  grantsPage: 'https://id.atlassian.com/manage-profile/apps',
  // Of no tool of Atlassian's own, most of which want an API token with Basic.
  variables: ['ATLASSIAN_TOKEN'],
}
