/**
 * HashiCorp Vault, signed in to by its JWT/OIDC method: by browser, or by a JWT that stands for a client secret.
 * `--issuer` is VAULT_ADDR, with a namespace as its path, and `/auth/MOUNT` at its end where the method is mounted
 * elsewhere than at `oidc` (`jwt` without a person). The client id is the role.
 * https://developer.hashicorp.com/vault/api-docs/auth/jwt
 */
import type { Flow } from '../../shared/contract/connection.js'
import { ProviderId } from '../../shared/contract/ids.js'
import type { Details, Endpoints } from '../../shared/contract/newConnection.js'
import { atRegistration, SET_SECRET, SIGN_IN } from './fixes.js'
import type { Cause } from './cause.js'
import type { Base, ProviderProfile } from './profile.js'

/** A namespace in the path is the same as one in its header. */
function endpoints({ url, origin }: Base, _role: string, _details: Details, flow: Flow): Endpoints {
  const byBrowser = flow === 'code'
  const [namespace = '', mount = byBrowser ? 'oidc' : 'jwt'] = url.slice(origin.length).split('/auth/')
  const auth = `${origin}/v1${namespace}/auth`
  return {
    ...(byBrowser ? { authorization_endpoint: `${auth}/${mount}/oidc/auth_url` } : {}),
    token_endpoint: byBrowser ? `${auth}/token/renew-self` : `${auth}/${mount}/login`,
    revocation_endpoint: `${auth}/token/revoke-self`,
    userinfo_endpoint: `${auth}/token/lookup-self`,
  }
}

/** Vault says what is wrong in sentences, which fob puts under a word of OAuth. */
const CAUSES: readonly Cause[] = [
  {
    // It says 403 of a token it does not know, and nothing more.
    word: 'insufficient_scope',
    during: 'use',
    matter: 'accessToken',
    cause: 'Vault does not take the token: it was revoked, or its policies do not let it look at itself',
    fix: SIGN_IN,
  },
  {
    word: 'temporarily_unavailable',
    text: 'sealed',
    matter: 'provider',
    cause: 'this Vault is sealed, and nobody is served until whoever runs it unseals it',
    fix: 'wait',
  },
  {
    word: 'invalid_grant',
    text: 'past the max ttl',
    matter: 'grant',
    cause: 'the token has reached its max TTL, beyond which nothing renews it',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_grant',
    text: 'not renewable',
    matter: 'grant',
    cause: 'the role gives tokens that cannot be renewed, as batch tokens',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_grant',
    during: 'refresh',
    matter: 'grant',
    cause: 'the token is over: revoked, at its max TTL, or its policies do not let it renew itself',
    fix: SIGN_IN,
  },
  {
    word: 'unauthorized_client',
    text: 'permission denied',
    matter: 'policy',
    cause:
      'no policy of the role {clientId} lets its token make one with fewer policies, or the token is over',
    fix: atRegistration(
      'have a policy among its token_policies that says: path "auth/token/create" { capabilities = ["update"] }',
    ),
  },
  {
    word: 'invalid_scope',
    text: 'subset of parent',
    matter: 'scopes',
    cause: 'a policy was named that the token does not have by its role, but by its entity or a group',
    fix: atRegistration('see token_policies of the role {clientId}, and name some of these'),
  },
  {
    word: 'invalid_request',
    text: 'has no such path',
    matter: 'account',
    cause: 'nothing is mounted where fob asks: another namespace or mount, or one that was moved',
    fix: {
      open: '{issuer}',
      todo: 'compare `vault auth list` there, then add the connection again with --issuer ADDRESS/NAMESPACE/auth/MOUNT',
    },
  },
  {
    word: 'invalid_request',
    text: 'could not be found',
    matter: 'client',
    cause: 'the method has no role {clientId}',
    fix: atRegistration('see which roles it has, then add the connection again with --client-id ROLE'),
  },
  {
    word: 'redirect_uri_mismatch',
    matter: 'redirect',
    cause: 'the role {clientId} does not list {redirectUri} among its allowed_redirect_uris',
    fix: atRegistration('add {redirectUri} to allowed_redirect_uris of the role {clientId}'),
  },
  {
    word: 'invalid_request',
    text: 'oauth state',
    matter: 'consent',
    cause: 'Vault does not know this sign-in any more: it took too long, or another of its nodes answered',
    fix: SIGN_IN,
  },
  {
    word: 'invalid_request',
    text: 'exchanging oidc code',
    matter: 'client',
    cause: 'the identity provider behind Vault refuses the client of Vault',
    fix: atRegistration(
      'check oidc_client_id and oidc_client_secret of the method (`vault write auth/oidc/config …`)',
    ),
  },
  {
    word: 'invalid_request',
    text: 'validating claims',
    matter: 'policy',
    cause: 'the role {clientId} wants something of people that you do not have, as a group',
    fix: atRegistration('see its bound_claims, bound_subject and groups_claim'),
  },
  {
    word: 'invalid_client',
    text: 'token is expired',
    matter: 'client',
    cause: 'the JWT to log in with has expired',
    fix: SET_SECRET,
  },
  {
    word: 'invalid_client',
    matter: 'client',
    cause:
      'the role {clientId} does not take the JWT to log in with: another issuer, audience or key than it expects',
    fix: atRegistration('compare bound_audiences and bound_issuer with the JWT'),
  },
]

export const vault: ProviderProfile = {
  id: ProviderId.parse('vault'),
  name: 'HashiCorp Vault',
  needs: ['issuer', 'client-id'],
  protocol: 'vault',
  server: { kind: 'known', base: '', endpoints },
  flows: { code: 'none', 'client-credentials': 'client_secret_post' },
  // What a token may do are its policies, which the role says; they are shown as scopes.
  scopes: {
    usual: [],
    presets: {},
    unnamed: {
      purposes: ['read', 'ci', 'write'],
      why: 'what a token may do are the policies of the role; name another by --client-id',
    },
  },
  // There is none beside the token, which renews itself until its max TTL; then a person signs in again.
  refreshToken: { kind: 'reusable' },
  refreshEndsAccessToken: false,
  // From memory. A child of another token has some of its policies and ends with it; without a TTL it would live for a
  // month. Making one takes a policy, which `default` is not.
  // https://developer.hashicorp.com/vault/api-docs/auth/token#create-token
  downScope: {
    kind: 'child',
    ttl: '1h',
    unnamed: 'policies of the entity and its groups come with every token: name them too',
  },
  // What Vault's own command listens at, so most roles and their identity providers allow it. That Vault ignores the
  // port of a loopback address, the provider behind it may not.
  redirect: { host: 'localhost', port: 8250, path: '/oidc/callback' },
  // Every answer states its lease_duration; 0 is without end.
  defaultLifetimeMs: null,
  account: { id: 'entity_id', labels: ['display_name'] },
  errors: {},
  causes: CAUSES,
  trial: { path: '', approval: '' },
  // Reading is not harmless there: a GET of some engines makes new credentials. So only stored secrets count.
  api: {
    origins: ({ origin }) => [origin],
    reads: ['LIST *', 'GET /v1/*/data/*', 'GET /v1/*/metadata/*'],
  },
  revocation: 'standard',
  authorizationParameters: {},
  // Whoever runs it looks the accessor up.
  grantsPage: 'your Vault, `vault token revoke -accessor ACCESSOR`',
  registration: 'your Vault, as a role of its oidc method (`vault write auth/oidc/role/NAME …`)',
  variables: ['VAULT_TOKEN'],
}
