/** AWS's own JSON at the token endpoint: camel case both ways, errors by the names of exceptions. */
import assert from 'node:assert/strict'
import { Network } from '../../../shared/contract/config.js'
import { AddConnection } from '../../../shared/contract/newConnection.js'
import { createAuthorizationServer } from '../../../daemon/adapters/oauth/authorizationServer.js'
import { planned } from '../../../daemon/core/newConnection.js'
import type { DeviceRequest, OAuthClient } from '../../../daemon/core/providerPorts.js'
import { Secret } from '../../../daemon/core/secret.js'
import { aws } from '../../../daemon/providers/aws.js'
import { json, ScriptedServer, type Reply } from '../../fakes/scriptedServer.js'
import { clientOf } from '../../fakes/oauthClients.js'

const NOW = Date.parse('2030-01-01T00:00:00.000Z')
const clock = { now: () => NOW }
const REGISTERED = {
  clientId: 'client-of-aws',
  clientSecret: 'eyJ-secret-of-the-client',
  clientIdIssuedAt: NOW / 1000,
  clientSecretExpiresAt: NOW / 1000 + 7_776_000,
}
const DEVICE = {
  deviceCode: 'device-code-of-aws',
  userCode: 'ABCD-EFGH',
  verificationUri: 'https://device.sso.eu-central-1.amazonaws.com/',
  verificationUriComplete: 'https://device.sso.eu-central-1.amazonaws.com/?user_code=ABCD-EFGH',
  expiresIn: 600,
  interval: 1,
}
const TOKENS = { accessToken: 'aoaAAA', tokenType: 'Bearer', expiresIn: 3600, refreshToken: 'aorAAA' }

suite("AWS's own JSON", () => {
  const server = createAuthorizationServer({ clock, network: Network.parse({}) })
  let at: ScriptedServer
  let client: OAuthClient

  setup(async () => {
    at = await ScriptedServer.start()
    const request = AddConnection.parse({
      name: 'work',
      provider: 'aws',
      issuer: `${at.origin}/start`,
      details: { region: 'eu-central-1' },
    })
    const plan = planned(request, aws)
    const { server: pinned } = await server.pin(plan)
    client = { ...clientOf(pinned, plan), profile: aws }
    at.answer('/client/register', json(REGISTERED))
    at.answer('/device_authorization', json(DEVICE))
  })
  teardown(() => at.stop())

  const begun = (): Promise<DeviceRequest> => server.beginDevice(client)

  const sent = (path: string): unknown => {
    const request = at.requests.find(({ url }) => url === path)
    assert.equal(request?.headers['content-type'], 'application/json')
    return JSON.parse(request?.body ?? '')
  }

  test('a client is registered by what AWS wants to know, and asks with what it was given', async () => {
    const request = await begun()
    assert.deepEqual(sent('/client/register'), {
      clientName: 'fob',
      redirectUris: ['http://127.0.0.1/oauth/callback'],
      clientType: 'public',
      grantTypes: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      scopes: ['sso:account:access'],
      issuerUrl: `${at.origin}/start`,
    })
    assert.deepEqual(sent('/device_authorization'), {
      clientId: REGISTERED.clientId,
      clientSecret: REGISTERED.clientSecret,
      startUrl: `${at.origin}/start`,
    })
    assert.deepEqual(
      [request.userCode, request.intervalMs, request.verificationUriComplete],
      [DEVICE.userCode, 1_000, DEVICE.verificationUriComplete],
    )
    assert.equal(request.registered?.expiresAt, NOW + 7_776_000_000)
  })

  test('tokens come in camel case, and the registered client comes with them', async () => {
    const request = await begun()
    at.answer('/token', json(TOKENS))
    const outcome = await server.pollDevice(client, request)
    assert.ok(outcome.kind === 'tokens')
    const { accessToken, refreshToken, expiresAt, registered } = outcome.tokens
    assert.deepEqual([accessToken.reveal(), refreshToken?.reveal()], ['aoaAAA', 'aorAAA'])
    assert.equal(expiresAt, NOW + 3_600_000)
    assert.equal(registered?.secret?.reveal(), REGISTERED.clientSecret)
    assert.deepEqual(sent('/token'), {
      grantType: 'urn:ietf:params:oauth:grant-type:device_code',
      deviceCode: DEVICE.deviceCode,
      clientId: REGISTERED.clientId,
      clientSecret: REGISTERED.clientSecret,
    })
  })

  test('a refresh is asked by the client of the grant, and an absent refresh token keeps the old one', async () => {
    const registered = { clientId: 'older', secret: new Secret('older-secret'), expiresAt: null }
    at.answer('/token', json({ accessToken: 'aoaBBB', tokenType: 'Bearer', expiresIn: 3600 }))
    const outcome = await server.refresh({ ...client, registered }, new Secret('aorAAA'))
    assert.ok(outcome.kind === 'tokens')
    assert.equal(outcome.tokens.refreshToken, undefined)
    assert.equal(outcome.tokens.registered?.clientId, 'older')
    assert.deepEqual(sent('/token'), {
      grantType: 'refresh_token',
      refreshToken: 'aorAAA',
      clientId: 'older',
      clientSecret: 'older-secret',
    })
    assert.equal(at.requests.length, 1, 'a refresh registers nothing')
  })

  test('the page to consent at gets the scopes by the name they have there', async () => {
    const { url, registered } = await server.beginCode(client, 'http://127.0.0.1:4444/oauth/callback')
    const { pathname, searchParams } = new URL(url)
    assert.equal(pathname, '/authorize')
    assert.equal(searchParams.get('scopes'), 'sso:account:access')
    assert.equal(searchParams.get('scope'), null)
    assert.equal(searchParams.get('client_id'), REGISTERED.clientId)
    assert.equal(searchParams.get('code_challenge_method'), 'S256')
    assert.equal(registered?.clientId, REGISTERED.clientId)
  })

  for (const [exception, status, word] of [
    ['AuthorizationPendingException', 400, 'authorization_pending'],
    ['SlowDownException', 400, 'slow_down'],
    ['ExpiredTokenException', 400, 'expired_token'],
    ['AccessDeniedException', 400, 'access_denied'],
    ['InvalidGrantException', 400, 'invalid_grant'],
    ['InvalidClientException', 401, 'invalid_grant'],
    ['UnauthorizedClientException', 400, 'unauthorized_client'],
    ['InvalidRequestRegionException', 400, 'invalid_request'],
    ['InternalServerException', 500, 'server_error'],
  ] as const) {
    const body = { error: 'its_own_word', error_description: null }
    for (const [where, reply] of [
      ['its header', json(body, status, { 'x-amzn-errortype': `${exception}:http://internal.amazon.com/` })],
      ['its body', json({ ...body, __type: `com.amazonaws.ssooidc#${exception}` }, status)],
    ] as const satisfies readonly (readonly [string, Reply])[]) {
      test(`${exception} in ${where} is ${word}, and stays to be read`, async () => {
        const request = await begun()
        at.answer('/token', reply)
        const outcome = await server.pollDevice(client, request)
        assert.ok(outcome.kind === 'oauthError', outcome.kind)
        assert.deepEqual([outcome.error, outcome.status], [word, status])
        assert.match(outcome.description, new RegExp(exception))
      })
    }
  }

  test('what is no answer of AWS says nothing about the grant', async () => {
    const request = await begun()
    for (const [body, type] of [
      ['<html>portal</html>', 'text/html'],
      ['{"accessToken":"aoa"', 'application/json'],
      ['[]', 'application/json'],
      ['', 'application/json'],
    ] as const) {
      at.answer('/token', { status: 200, headers: { 'content-type': type }, body })
      assert.equal((await server.pollDevice(client, request)).kind, 'notOAuth', body)
    }
  })

  test('a client secret that AWS quotes in an error is struck out', async () => {
    const request = await begun()
    const said = `client ${REGISTERED.clientSecret} is unknown`
    at.answer('/token', json({ error: 'invalid_client', error_description: said }, 401))
    const outcome = await server.pollDevice(client, request)
    assert.ok(outcome.kind === 'oauthError')
    assert.equal(outcome.description, 'invalid_client: client [secret] is unknown')
  })

  for (const [what, reply, code] of [
    ['refuses', json({ error: 'invalid_client_metadata' }, 400), 'provider_refused'],
    ['answers with half a client', json({ clientSecret: 'x' }), 'provider_refused'],
    ['is overloaded', json({}, 503), 'provider_unreachable'],
    ['cuts the connection', 'reset', 'provider_unreachable'],
  ] as const satisfies readonly (readonly [string, Reply, string])[]) {
    test(`a registration that ${what} ends the sign-in with a sentence`, async () => {
      at.answer('/client/register', reply)
      await assert.rejects(begun(), { name: 'Refusal', code })
    })
  }
})
