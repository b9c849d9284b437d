import { createAuthorizationServer } from '../../daemon/adapters/oauth/authorizationServer.js'
import { OidcProvider } from '../fakes/oidcProvider.js'
import { ScriptedAuthorizationServer } from '../fakes/scriptedAuthorizationServer.js'
import { authorizationServerContract } from './authorizationServer.contract.js'

const redirect_uris = ['http://127.0.0.1/callback']
const clients = {
  publicClient: 'native',
  confidentialClient: 'robot',
  clientSecret: 'robot-secret-of-thirty-two-chars',
}

authorizationServerContract('the fake that other tests use', async () => {
  const authorizationServer = new ScriptedAuthorizationServer({ now: () => Date.now() })
  return {
    ...clients,
    authorizationServer,
    issuer: 'https://server.test',
    browse: async (request, decision) =>
      decision === 'approve' ? authorizationServer.approve(request) : authorizationServer.deny(request),
    decideDevice: async (request, decision) => {
      if (decision === 'approve') authorizationServer.approveDevice(request)
      else authorizationServer.denyDevice(request)
    },
    stop: async () => undefined,
  }
})

authorizationServerContract('openid-client, asking oidc-provider', async () => {
  const provider = await OidcProvider.start([
    {
      client_id: clients.publicClient,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris,
    },
    {
      client_id: clients.confidentialClient,
      client_secret: clients.clientSecret,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    },
  ])
  return {
    ...clients,
    authorizationServer: createAuthorizationServer({
      clock: { now: () => Date.now() },
      network: { noProxy: [] },
    }),
    issuer: provider.issuer,
    browse: (request, decision) => {
      provider.agrees = decision === 'approve'
      return provider.browse(request.url)
    },
    decideDevice: (request, decision) => provider.decideDevice(request.userCode, decision),
    stop: () => provider.stop(),
  }
})
