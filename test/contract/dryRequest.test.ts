/** What a real server says to a sign-in that nobody is there for, and what comes of it when a connection is added. */
import assert from 'node:assert/strict'
import { createAuthorizationServer } from '../../daemon/adapters/oauth/authorizationServer.js'
import { complaintIn } from '../../daemon/core/roster/dryRequest.js'
import { oidc } from '../../daemon/providers/oidc.js'
import { addRequest, pinnedClient } from '../fakes/oauthClients.js'
import { OidcProvider } from '../fakes/oidcProvider.js'

const REDIRECT = 'http://127.0.0.1:50000/callback'

const registered = {
  client_id: 'native',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: ['http://127.0.0.1/callback'],
  scope: 'openid email',
}

suite('a dry authorization request at oidc-provider', () => {
  let provider: OidcProvider
  const authorizationServer = createAuthorizationServer({
    clock: { now: () => Date.now() },
    network: { noProxy: [] },
  })

  setup(async () => {
    provider = await OidcProvider.start([registered])
    provider.isSignedIn = false
  })
  teardown(() => provider.stop())

  const saidTo = async (
    more: { clientId?: string; scopes?: string[] } = {},
    redirectUri = REDIRECT,
  ): Promise<string | undefined> => {
    const request = addRequest({ issuer: provider.issuer, scopes: ['openid', 'email'], ...more })
    const client = await pinnedClient(authorizationServer, request)
    return complaintIn(await authorizationServer.dryRequest(client, redirectUri), oidc)?.said
  }

  test('says nothing against a client as it is registered, on any port', async () => {
    assert.equal(await saidTo(), undefined)
    assert.equal(await saidTo({}, 'http://127.0.0.1:50001/callback'), undefined)
  })

  test('tells a client that is not there', async () => {
    assert.match((await saidTo({ clientId: 'another' })) ?? '', /invalid_client/)
  })

  test('tells a redirect URI that is not registered', async () => {
    assert.match((await saidTo({}, 'http://127.0.0.1:50000/other')) ?? '', /redirect_uri/)
  })

  test('tells a scope that the client may not ask for', async () => {
    assert.match((await saidTo({ scopes: ['openid', 'profile'] })) ?? '', /^invalid_scope: /)
  })
})
