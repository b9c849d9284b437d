/**
 * Atlassian Cloud: Jira and Confluence by OAuth 2.0 (3LO).
 * https://developer.atlassian.com/cloud/oauth/getting-started/enabling-oauth-3lo/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import type { Base, ProviderProfile } from './profile.js'

const endpoints = ({ origin, hostname }: Base) => ({
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/oauth/token`,
  userinfo_endpoint: `${hostname === 'auth.atlassian.com' ? 'https://api.atlassian.com' : origin}/me`,
})

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
      write: ['offline_access', 'read:me', 'read:jira-work', 'read:jira-user', 'write:jira-work'],
    },
  },
  // It is said to forgive a second use for ten minutes, which its pages do not promise.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  // Told both ways; so it is taken for the worse.
  refreshEndsAccessToken: true,
  // One callback address an app, compared whole.
  redirect: { host: 'localhost', port: 34_107, path: '/callback' },
  defaultLifetimeMs: 3_600_000,
  account: { id: 'account_id', labels: ['email', 'name'] },
  errors: {},
  revocation: 'standard',
  authorizationParameters: { audience: 'api.atlassian.com', prompt: 'consent' },
  registration: 'https://developer.atlassian.com/console/myapps/',
  variables: ['ATLASSIAN_TOKEN'],
}
