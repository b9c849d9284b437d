/** Requests for consent that go to the server first (RFC 9126), and what a person is told when it refuses them. */
import assert from 'node:assert/strict'
import { createAuthorizationServer } from '../../../daemon/adapters/oauth/authorizationServer.js'
import type { OAuthClient } from '../../../daemon/core/providerPorts.js'
import { Refusal } from '../../../shared/contract/errors.js'
import { addRequest, clientOf, pinnedClient, plainServer } from '../../fakes/oauthClients.js'
import { OidcProvider } from '../../fakes/oidcProvider.js'
import { json, ScriptedServer } from '../../fakes/scriptedServer.js'
import type { Reply } from '../../fakes/scriptedServer.js'

const REDIRECT = 'http://127.0.0.1:49152/callback'
const NAMED = 'urn:ietf:params:oauth:request_uri:one'

suite('pushed authorization requests', () => {
  let server: ScriptedServer
  const authorizationServer = createAuthorizationServer({
    clock: { now: () => Date.now() },
    network: { noProxy: [] },
  })

  setup(async () => {
    server = await ScriptedServer.start()
  })
  teardown(() => server.stop())

  const clientThere = (more: { clientSecret?: string } = {}): OAuthClient => {
    const plain = plainServer(server.origin)
    const endpoints = { ...plain.endpoints, pushed_authorization_request_endpoint: server.url('/par') }
    const request = addRequest({ issuer: server.origin, scopes: ['read'], ...more })
    const authentication = more.clientSecret === undefined ? 'none' : 'client_secret_basic'
    return clientOf({ ...plain, endpoints }, request, { authentication })
  }

  const begun = (reply: Reply, client = clientThere()) => {
    server.answer('/par', reply)
    return authorizationServer.beginCode(client, REDIRECT)
  }

  const refusalOf = async (reply: Reply, client?: OAuthClient): Promise<Refusal> => {
    const error: unknown = await begun(reply, client).then(
      () => assert.fail('it was begun'),
      (failure: unknown) => failure,
    )
    assert.ok(error instanceof Refusal, String(error))
    assert.doesNotMatch(JSON.stringify(error.toBody()), /canary/)
    return error
  }

  test('the browser carries nothing but the name of what was asked', async () => {
    const request = await begun(json({ request_uri: NAMED, expires_in: 60 }, 201))
    const url = new URL(request.url)
    assert.equal(url.origin + url.pathname, server.url('/authorize'))
    assert.deepEqual(Object.fromEntries(url.searchParams), { client_id: 'native', request_uri: NAMED })
    const pushed = Object.fromEntries(server.requests[0]?.form ?? [])
    assert.equal(pushed['state'], request.state)
    assert.equal(pushed['redirect_uri'], REDIRECT)
    assert.equal(pushed['scope'], 'read')
    assert.equal(pushed['code_challenge_method'], 'S256')
    assert.equal(server.requests.length, 1)
  })

  test('a confidential client proves itself when it asks', async () => {
    await begun(
      json({ request_uri: NAMED, expires_in: 60 }, 201),
      clientThere({ clientSecret: 'canary-secret' }),
    )
    const basic = server.requests[0]?.headers.authorization ?? ''
    const proof = Buffer.from(basic.replace('Basic ', ''), 'base64').toString()
    assert.equal(decodeURIComponent(proof), 'native:canary-secret')
  })

  test('a refusal is told in the words of the server, those of the RFC and others', async () => {
    for (const [reply, words] of [
      [
        json({ error: 'invalid_request', error_description: 'no such redirect_uri' }, 400),
        /no such redirect_uri/,
      ],
      [json({ message: 'state is required' }, 400), /state is required/],
      [
        json({ error: 'invalid_client', error_description: 'canary-secret is wrong' }, 401),
        /\[secret\] is wrong/,
      ],
    ] as const) {
      const { code, message, fix } = await refusalOf(reply, clientThere({ clientSecret: 'canary-secret' }))
      assert.equal(code, 'provider_refused')
      assert.match(message, words)
      assert.equal(fix, 'fob sign-in work')
    }
  })

  test('what cannot be read is a refusal too, and a server that is not there can be asked later', async () => {
    for (const reply of [json({}, 201), json({ request_uri: 7, expires_in: 60 }, 201), { status: 404 }]) {
      assert.equal((await refusalOf(reply)).code, 'provider_refused')
    }
    for (const reply of ['reset', { status: 503 }, json({ message: 'slower' }, 429)] as const) {
      assert.equal((await refusalOf(reply)).code, 'provider_unreachable')
    }
  })
})

suite('pushed authorization requests at a server that demands them', () => {
  const authorizationServer = createAuthorizationServer({
    clock: { now: () => Date.now() },
    network: { noProxy: [] },
  })

  test('it is asked so, as its metadata says, and grants', async () => {
    const provider = await OidcProvider.start(
      [
        {
          client_id: 'native',
          application_type: 'native',
          token_endpoint_auth_method: 'none',
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: ['http://127.0.0.1/callback'],
        },
      ],
      { pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true } },
    )
    try {
      const request = addRequest({ issuer: provider.issuer, scopes: ['openid', 'offline_access'] })
      const client = await pinnedClient(authorizationServer, request)
      const asked = await authorizationServer.beginCode(client, REDIRECT)
      assert.ok(new URL(asked.url).searchParams.has('request_uri'))
      const outcome = await authorizationServer.redeemCode(client, asked, await provider.browse(asked.url))
      assert.equal(outcome.kind, 'tokens', JSON.stringify(outcome))
    } finally {
      await provider.stop()
    }
  })
})
