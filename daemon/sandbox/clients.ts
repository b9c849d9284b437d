/** The clients the sandbox knows, as oidc-provider wants them described (RFC 7591 names). */
import { SANDBOX_CLIENT_ID } from '../../shared/contract/sandbox.js'
import type { RegisteredClient, Settings } from './settings.js'
import type { Payload } from './store.js'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** There from the start. On loopback the port of the redirect URI is free (RFC 8252 §7.3). */
export const BUILT_IN: RegisteredClient = {
  client: {
    clientId: SANDBOX_CLIENT_ID,
    authentication: 'none',
    redirectUris: ['http://127.0.0.1/callback'],
  },
  secretDigest: null,
}

export function allClients(settings: Settings): readonly RegisteredClient[] {
  return [BUILT_IN, ...settings.clients]
}

export function findMetadata(settings: Settings, clientId: string): Payload | undefined {
  const found = allClients(settings).find(({ client }) => client.clientId === clientId)
  return found === undefined ? undefined : toMetadata(found)
}

/** Without a way to prove itself a client may not act in its own name (RFC 6749 §4.4). */
export function toMetadata({ client, secretDigest }: RegisteredClient): Payload {
  const grants = ['authorization_code', 'refresh_token', DEVICE_CODE]
  return {
    client_id: client.clientId,
    application_type: 'native',
    token_endpoint_auth_method: client.authentication,
    redirect_uris: client.redirectUris,
    response_types: ['code'],
    grant_types: client.authentication === 'none' ? grants : [...grants, 'client_credentials'],
    ...(client.jwk === undefined ? {} : { jwks: { keys: [client.jwk] } }),
    ...(secretDigest === null ? {} : { client_secret: secretDigest }),
  }
}
