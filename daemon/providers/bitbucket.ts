/**
 * Bitbucket Cloud. Not Atlassian's common sign-in: it has a server of its own, with consumers of a workspace.
 * https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/
 */
import { ProviderId } from '../../shared/contract/ids.js'
import type { Base, ProviderProfile } from './profile.js'

/** The API is on a host of its own, except where a server is played. */
const endpoints = ({ origin, hostname }: Base) => ({
  authorization_endpoint: `${origin}/site/oauth2/authorize`,
  token_endpoint: `${origin}/site/oauth2/access_token`,
  userinfo_endpoint: `${hostname === 'bitbucket.org' ? 'https://api.bitbucket.org' : origin}/2.0/user`,
})

export const bitbucket: ProviderProfile = {
  id: ProviderId.parse('bitbucket'),
  name: 'Bitbucket Cloud',
  needs: ['client-id', 'client-secret'],
  server: { kind: 'known', base: 'https://bitbucket.org', endpoints },
  // Nothing says that a public client may, and there is no device flow.
  flows: { code: 'client_secret_basic' },
  // Scopes are ticked on the consumer; the request names none.
  scopes: { usual: [], presets: {} },
  // Announced to change at each use. Nothing is said of a grace, so a second use counts as theft.
  refreshToken: { kind: 'rotating', graceMs: 0 },
  refreshEndsAccessToken: false,
  // One callback a consumer, and what is asked for must begin with it: the port cannot vary.
  redirect: { host: 'localhost', port: 34_106, path: '/callback' },
  // Two hours, always stated; for an answer that does not.
  defaultLifetimeMs: 7_200_000,
  account: { id: 'account_id', labels: ['nickname', 'display_name'] },
  errors: {},
  revocation: 'standard',
  authorizationParameters: {},
  registration: 'https://bitbucket.org/account/settings/ (workspace settings, OAuth consumers)',
  variables: ['BITBUCKET_TOKEN'],
  git: { hosts: 'own', username: 'x-token-auth' },
}
