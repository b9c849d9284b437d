/** OAuth clients and requests to add them, in the few words a test needs. */
import { AddConnection } from '../../shared/contract/newConnection.js'
import { planned, type PlannedConnection } from '../../daemon/core/newConnection.js'
import type { AuthorizationServer, OAuthClient } from '../../daemon/core/providerPorts.js'
import type { OAuthDefinition, PinnedServer } from '../../daemon/core/record.js'
import { Secret } from '../../daemon/core/secret.js'
import { oidc } from '../../daemon/providers/oidc.js'

type AddInPlain = Partial<typeof AddConnection._zod.input> & { readonly issuer: string }

/** A request to add a connection, filled in where the test says nothing. */
export const addRequest = (plain: AddInPlain): PlannedConnection =>
  planned(AddConnection.parse({ name: 'work', provider: 'oidc', clientId: 'native', ...plain }), oidc)

/** The client as it is once its connection has been added. */
export async function pinnedClient(
  server: AuthorizationServer,
  request: PlannedConnection,
): Promise<OAuthClient> {
  const { server: pinned, authentication } = await server.pin(request)
  return clientOf(pinned, request, { authentication })
}

/** A client of a server that is not asked to describe itself. */
export function clientOf(
  server: PinnedServer,
  request: PlannedConnection,
  more: Partial<OAuthDefinition> = {},
): OAuthClient {
  const { name, provider, clientId, flow, scopes, clientSecret } = request
  const definition = {
    name,
    provider,
    server,
    clientId,
    authentication: 'none',
    flow,
    scopesAsked: scopes,
  } as const
  return {
    definition: { ...definition, ...more },
    secret: clientSecret === undefined ? undefined : new Secret(clientSecret),
    profile: oidc,
  }
}

/** What is known of a server whose endpoints all lie under one origin. */
export const plainServer = (origin: string, more: Partial<PinnedServer> = {}): PinnedServer => ({
  issuer: origin,
  endpoints: {
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    device_authorization_endpoint: `${origin}/device`,
    revocation_endpoint: `${origin}/revoke`,
  },
  jwksUri: undefined,
  promisesIss: false,
  idTokenAlgorithms: [],
  ...more,
})
