/** A client that fob registers itself, at a real server that lets programs do that. */
import assert from 'node:assert/strict'
import { createAuthorizationServer } from '../../daemon/adapters/oauth/authorizationServer.js'
import { refuseUnregistered } from '../../daemon/core/newConnection.js'
import type { RefreshOutcome, Tokens } from '../../daemon/core/outcome.js'
import type { OAuthClient } from '../../daemon/core/providerPorts.js'
import { Refusal } from '../../shared/contract/errors.js'
import { addRequest, pinnedClient } from '../fakes/oauthClients.js'
import { OidcProvider } from '../fakes/oidcProvider.js'

/** Any port of loopback has to do for a native client (RFC 8252 §7.3). */
const [REDIRECT, ANOTHER] = ['http://127.0.0.1:50000/callback', 'http://127.0.0.1:50001/callback']
const SCOPES = ['openid', 'email', 'offline_access']

const tokensIn = (outcome: RefreshOutcome): Tokens =>
  outcome.kind === 'tokens' ? outcome.tokens : assert.fail(JSON.stringify(outcome))

suite('a client that fob registers at oidc-provider', () => {
  let provider: OidcProvider
  const server = createAuthorizationServer({ clock: { now: () => Date.now() }, network: { noProxy: [] } })

  teardown(() => provider.stop())

  const added = async (flow: 'code' | 'device'): Promise<OAuthClient> => {
    provider = await OidcProvider.start([], { registration: { enabled: true } })
    const { issuer } = provider
    return pinnedClient(server, addRequest({ issuer, clientId: undefined, scopes: SCOPES, flow }))
  }

  const signedIn = async (client: OAuthClient, redirectUri = REDIRECT): Promise<Tokens> => {
    const request = await server.beginCode(client, redirectUri)
    return tokensIn(await server.redeemCode(client, request, await provider.browse(request.url)))
  }

  test('is public, signs in on any port, refreshes and is revoked by the name it was given', async () => {
    const client = await added('code')
    const first = await signedIn(client)
    const { registered, refreshToken } = first
    assert.ok(registered && refreshToken)
    assert.equal(registered.secret, undefined)
    assert.equal(first.account?.label, 'ada@example.test')
    const second = tokensIn(await server.refresh({ ...client, registered }, refreshToken))
    assert.ok(second.refreshToken)
    assert.equal(await provider.userinfoStatus(second.accessToken.reveal()), 200)
    const revoked = await server.revoke({ ...client, registered }, second.refreshToken, 'refresh_token')
    assert.deepEqual(revoked, { kind: 'revoked' })
    assert.equal(await provider.userinfoStatus(second.accessToken.reveal()), 401)
    const another = await signedIn(client, ANOTHER)
    assert.notEqual(another.registered?.clientId, registered.clientId)
  })

  test('signs in by a code that is typed elsewhere', async () => {
    const client = await added('device')
    const request = await server.beginDevice(client)
    await provider.decideDevice(request.userCode, 'approve')
    const tokens = tokensIn(await server.pollDevice(client, request))
    assert.ok(tokens.registered && tokens.refreshToken)
    assert.equal(await provider.userinfoStatus(tokens.accessToken.reveal()), 200)
  })

  test('is not registered where a person named one, and its address is not kept then', async () => {
    provider = await OidcProvider.start([], { registration: { enabled: true } })
    const client = await pinnedClient(server, addRequest({ issuer: provider.issuer, scopes: SCOPES }))
    assert.equal(client.definition.server.endpoints.registration_endpoint, undefined)
    const { url, registered } = await server.beginCode(client, REDIRECT)
    assert.deepEqual([new URL(url).searchParams.get('client_id'), registered], ['native', undefined])
  })

  test('is refused when the connection is added, where the server registers none, with what to register', async () => {
    provider = await OidcProvider.start([])
    const request = addRequest({ issuer: provider.issuer, clientId: undefined, scopes: SCOPES })
    const { definition } = await pinnedClient(server, request)
    assert.throws(
      () => refuseUnregistered(request, definition.server.endpoints),
      (error) =>
        error instanceof Refusal &&
        /register one there, with the redirect URI http:\/\/127\.0\.0\.1\/callback$/.test(error.message) &&
        error.fix === `fob add oidc --name work --issuer '${provider.issuer}' --client-id ID`,
    )
  })

  test('is refused at the sign-in in the words of a server that wants it admitted first', async () => {
    provider = await OidcProvider.start([], {
      registration: { enabled: true, initialAccessToken: 'of-an-administrator' },
    })
    const { issuer } = provider
    const client = await pinnedClient(server, addRequest({ issuer, clientId: undefined, scopes: SCOPES }))
    await assert.rejects(
      server.beginCode(client, REDIRECT),
      /did not want to register a client|invalid_token/,
    )
  })
})
