/** Whom to ask for a connection, by what its provider's profile says is spoken there. */
import type { AuthorizationServer } from '../../core/providerPorts.js'
import type { ProviderProfile, Protocol } from '../../providers/profile.js'
import { OUTBOUND_POLICY, Outbound } from '../network/outbound.js'
import { createAuthorizationServer } from './authorizationServer.js'
import type { AuthorizationServerParts } from './authorizationServer.js'
import { HashicorpVault } from './hashicorpVault.js'

export function createProtocols(parts: AuthorizationServerParts): AuthorizationServer {
  const { clock, network, policy = OUTBOUND_POLICY } = parts
  const oauth2 = createAuthorizationServer(parts)
  const speakers: Readonly<Record<Protocol, AuthorizationServer>> = {
    oauth2,
    vault: new HashicorpVault(clock, new Outbound(network, policy)),
  }
  const of = ({ profile }: { readonly profile: ProviderProfile }): AuthorizationServer =>
    speakers[profile.protocol ?? 'oauth2']
  return {
    pin: (request) => of(request).pin(request),
    // Whether a key is one does not depend on what is spoken.
    checkSecret: (...given) => oauth2.checkSecret(...given),
    beginCode: (client, ...given) => of(client).beginCode(client, ...given),
    dryRequest: (client, redirectUri) => of(client).dryRequest(client, redirectUri),
    redeemCode: (client, ...given) => of(client).redeemCode(client, ...given),
    beginDevice: (client) => of(client).beginDevice(client),
    pollDevice: (client, request) => of(client).pollDevice(client, request),
    clientCredentials: (client, ...given) => of(client).clientCredentials(client, ...given),
    refresh: (client, ...given) => of(client).refresh(client, ...given),
    narrow: (client, ...given) => of(client).narrow(client, ...given),
    revoke: (client, ...given) => of(client).revoke(client, ...given),
    probe: (client, accessToken) => of(client).probe(client, accessToken),
  }
}
