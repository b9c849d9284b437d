/**
 * What openid-client has to know of one client at one server, out of what was pinned. Invariant: nothing comes from
 * a discovery of the library's own.
 */
import * as oauth from 'openid-client'
import type { OAuthClient } from '../../core/providerPorts.js'
import { authenticationOf } from './clientAuthentication.js'

/** For requests, each sent by `fetch`, in which the client proves itself. */
export async function configurationOf(
  client: OAuthClient,
  fetch: oauth.CustomFetch,
): Promise<oauth.Configuration> {
  const configuration = configured(client, await authenticationOf(client))
  configuration[oauth.customFetch] = fetch
  // The exchange has the deadline, for all its requests together.
  configuration.timeout = 0
  if (client.definition.server.jwksUri !== undefined) oauth.enableNonRepudiationChecks(configuration)
  return configuration
}

/** For an address alone: nothing is sent, so the client proves nothing. */
export const withoutProof = (client: OAuthClient): oauth.Configuration => configured(client, oauth.None())

function configured(client: OAuthClient, authentication: oauth.ClientAuth): oauth.Configuration {
  const { clientId } = client.definition
  const configuration = new oauth.Configuration(metadataOf(client), clientId, undefined, authentication)
  // What may be plain http was settled when the server was pinned, and `outbound` checks it again.
  oauth.allowInsecureRequests(configuration)
  return configuration
}

function metadataOf({ definition }: OAuthClient): oauth.ServerMetadata {
  const { issuer, endpoints, jwksUri, promisesIss, idTokenAlgorithms } = definition.server
  const named = Object.entries(endpoints).filter(([, url]) => url !== undefined)
  return {
    ...Object.fromEntries(named),
    issuer,
    authorization_response_iss_parameter_supported: promisesIss,
    ...(jwksUri === undefined ? {} : { jwks_uri: jwksUri }),
    ...(idTokenAlgorithms.length === 0
      ? {}
      : { id_token_signing_alg_values_supported: [...idTokenAlgorithms] }),
  }
}
