/**
 * HashiCorp Vault, signed in to by its JWT/OIDC method: by browser, or by a JWT that stands for a client secret.
 * `--issuer` is VAULT_ADDR, with a namespace as its path, and `/auth/MOUNT` at its end where the method is mounted
 * elsewhere than at `oidc` (`jwt` without a person). The client id is the role.
 * https://developer.hashicorp.com/vault/api-docs/auth/jwt
 */
import type { Flow } from '../../shared/contract/connection.js'
import { ProviderId } from '../../shared/contract/ids.js'
import type { Details, Endpoints } from '../../shared/contract/newConnection.js'
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
  // What Vault's own command listens at, so most roles and their identity providers allow it. That Vault ignores the
  // port of a loopback address, the provider behind it may not.
  redirect: { host: 'localhost', port: 8250, path: '/oidc/callback' },
  // Every answer states its lease_duration; 0 is without end.
  defaultLifetimeMs: null,
  account: { id: 'entity_id', labels: ['display_name'] },
  errors: {},
  revocation: 'standard',
  authorizationParameters: {},
  // Whoever runs it looks the accessor up.
  grantsPage: 'your Vault, `vault token revoke -accessor ACCESSOR`',
  registration: 'your Vault, as a role of its oidc method (`vault write auth/oidc/role/NAME …`)',
  variables: ['VAULT_TOKEN'],
}
