import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createAuthorizationServer } from '../../../daemon/adapters/oauth/authorizationServer.js'
import type { Pinning } from '../../../daemon/core/providerPorts.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { ErrorCode } from '../../../shared/contract/errors.js'
import type { AddConnection } from '../../../shared/contract/newConnection.js'
import { addRequest } from '../../fakes/oauthClients.js'
import { json, ScriptedServer } from '../../fakes/scriptedServer.js'
import { clientCertificate, clientKey, rsaKey } from './certificates.js'

const OIDC = '/.well-known/openid-configuration'
const OAUTH = '/.well-known/oauth-authorization-server'

suite('pinning a server', () => {
  let server: ScriptedServer
  const authorizationServer = createAuthorizationServer({
    clock: { now: () => Date.now() },
    network: { noProxy: [] },
  })

  setup(async () => {
    server = await ScriptedServer.start()
  })
  teardown(() => server.stop())

  const metadata = (more: object = {}): object => ({
    issuer: server.origin,
    authorization_endpoint: server.url('/authorize'),
    token_endpoint: server.url('/token'),
    device_authorization_endpoint: server.url('/device'),
    revocation_endpoint: server.url('/revoke'),
    jwks_uri: server.url('/jwks'),
    code_challenge_methods_supported: ['S256'],
    ...more,
  })

  type More = Partial<Omit<typeof AddConnection._zod.input, 'issuer'>>

  const pin = (described: object, more: More = {}): Promise<Pinning> => {
    server.answer(OIDC, json(metadata(described)))
    return authorizationServer.pin(addRequest({ issuer: server.origin, ...more }))
  }

  const refused = async (pinning: Promise<unknown>, code: ErrorCode, field?: string): Promise<Refusal> => {
    try {
      await pinning
    } catch (error) {
      assert.ok(error instanceof Refusal, String(error))
      assert.equal(error.code, code, error.message)
      if (field !== undefined) assert.equal(error.field, field)
      assert.doesNotMatch(JSON.stringify(error.toBody()), /canary|PRIVATE KEY/)
      return error
    }
    return assert.fail('it was pinned')
  }

  test('keeps the endpoints, keys and promises of the server', async () => {
    const { server: pinned } = await pin({
      authorization_response_iss_parameter_supported: true,
      id_token_signing_alg_values_supported: ['RS256', 'ES256', 'HS256', 'none'],
    })
    assert.deepEqual(pinned, {
      issuer: server.origin,
      endpoints: {
        authorization_endpoint: server.url('/authorize'),
        token_endpoint: server.url('/token'),
        device_authorization_endpoint: server.url('/device'),
        revocation_endpoint: server.url('/revoke'),
      },
      jwksUri: server.url('/jwks'),
      promisesIss: true,
      idTokenAlgorithms: ['RS256', 'ES256'],
    })
  })

  test('asks the RFC 8414 address when there is no OpenID one, with the path behind it', async () => {
    const issuer = server.url('/tenant')
    server.answer(`${OAUTH}/tenant`, json(metadata({ issuer })))
    const { server: pinned } = await authorizationServer.pin(addRequest({ issuer }))
    assert.equal(pinned.issuer, issuer)
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      [`/tenant${OIDC}`, `${OAUTH}/tenant`],
    )
  })

  test('takes endpoints given by hand and asks nobody', async () => {
    const endpoints = { authorization_endpoint: server.url('/a'), token_endpoint: server.url('/t') }
    const { server: pinned, authentication } = await authorizationServer.pin(
      addRequest({ issuer: server.origin, endpoints, clientSecret: 'canary' }),
    )
    assert.deepEqual(pinned.endpoints, endpoints)
    assert.equal(authentication, 'client_secret_basic')
    assert.equal(server.requests.length, 0)
  })

  test('refuses endpoints with a fragment or a password in them, naming the field', async () => {
    const at = (token: string) =>
      authorizationServer.pin(
        addRequest({
          issuer: server.origin,
          endpoints: { authorization_endpoint: server.url('/a'), token_endpoint: token },
        }),
      )
    const field = 'endpoints.token_endpoint'
    const fragment = await refused(at(server.url('/t#there')), 'bad_request', field)
    assert.match(fragment.message, /without a fragment/)
    const password = await refused(at('https://me:canary@id.example.com/token'), 'bad_request', field)
    assert.match(password.message, /without user name and password/)
    await refused(at('http://id.example.com/token'), 'bad_request', field)
  })

  test('refuses a server that calls itself otherwise, even by a closing slash, and says how it does', async () => {
    const refusal = await refused(pin({ issuer: `${server.origin}/` }), 'misconfigured', 'issuer')
    assert.match(refusal.fix, new RegExp(`--issuer '${server.origin}/'`))
  })

  test('what a server calls itself is one word of the command that mends it, whatever it holds', async () => {
    const issuer = `${server.origin}/it's;$(id)`
    const { fix } = await refused(pin({ issuer }), 'misconfigured', 'issuer')
    const words = execFileSync('sh', ['-c', `set -- ${fix}; printf %s "$7"`], { encoding: 'utf8' })
    assert.equal(words, issuer)
  })

  test("refuses another server's metadata without advising that server", async () => {
    const refusal = await refused(pin({ issuer: 'https://attacker.test' }), 'misconfigured', 'issuer')
    assert.doesNotMatch(refusal.fix, /attacker/)
  })

  test('refuses a server without PKCE by S256 for the code flow, and not for a device', async () => {
    await refused(pin({ code_challenge_methods_supported: ['plain'] }), 'misconfigured', 'issuer')
    await pin({ code_challenge_methods_supported: ['plain'] }, { flow: 'device' })
    await pin({ code_challenge_methods_supported: undefined })
  })

  test('refuses endpoints over plain http outside loopback', async () => {
    const names = [
      'authorization_endpoint',
      'token_endpoint',
      'device_authorization_endpoint',
      'revocation_endpoint',
    ]
    for (const name of names) {
      await refused(pin({ [name]: 'http://server.test/x' }), 'misconfigured', `endpoints.${name}`)
    }
    await refused(pin({ jwks_uri: 'http://server.test/x' }), 'misconfigured')
    const endpoints = { token_endpoint: 'http://server.test/t' }
    await refused(pin({}, { endpoints }), 'bad_request', 'endpoints.token_endpoint')
  })

  test('refuses issuers that no server may have', async () => {
    const wrong = [
      'http://server.test',
      'https://u:p@server.test',
      'https://server.test?a',
      'https://server.test#a',
    ]
    for (const issuer of [...wrong, 'ftp://server.test', 'http://127.0.0.1.evil.test']) {
      await refused(authorizationServer.pin(addRequest({ issuer })), 'bad_request', 'issuer')
    }
  })

  test('refuses a server that has not what the flow begins with', async () => {
    await refused(pin({ authorization_endpoint: undefined }), 'misconfigured', 'flow')
    await refused(pin({ device_authorization_endpoint: null }, { flow: 'device' }), 'misconfigured', 'flow')
    await refused(pin({ token_endpoint: undefined }), 'misconfigured', 'issuer')
  })

  test('says that nothing describes the server when it answers with pages', async () => {
    const page = { headers: { 'content-type': 'text/html' }, body: '<html>' }
    server.answer(OIDC, page)
    server.answer(OAUTH, page)
    const refusal = await refused(
      authorizationServer.pin(addRequest({ issuer: server.origin })),
      'misconfigured',
      'issuer',
    )
    assert.match(refusal.fix, /curl http:\/\/127/)
    assert.match(refusal.message, /is of no use: it is no JSON with an issuer/)
  })

  test('says what is malformed in a description, and where a person sees it', async () => {
    for (const [described, words] of [
      [{ token_endpoint: 'not a url' }, /of no use: token_endpoint: Invalid URL/],
      [{ code_challenge_methods_supported: 'S256' }, /of no use: code_challenge_methods_supported: /],
      [{ token_endpoint: undefined }, /names no token endpoint/],
      [{ token_endpoint: 'http://server.test/x' }, /the token_endpoint must be an https URL/],
    ] as const) {
      const refusal = await refused(pin(described), 'misconfigured')
      assert.match(refusal.message, words)
      assert.equal(refusal.fix, `curl ${server.url(OIDC)}`)
    }
  })

  test('offers the other flow only where the server has it', async () => {
    const neither = { authorization_endpoint: undefined, device_authorization_endpoint: undefined }
    assert.equal((await refused(pin(neither), 'misconfigured', 'flow')).fix, 'fob help add')
    const onlyDevice = await refused(pin({ authorization_endpoint: undefined }), 'misconfigured', 'flow')
    assert.match(onlyDevice.fix, /--flow device$/)
  })

  test('says to try later when the server is down or away', async () => {
    server.answer(OIDC, { status: 503 })
    const request = addRequest({ issuer: server.origin })
    await refused(authorizationServer.pin(request), 'provider_unreachable')
    const away = await ScriptedServer.start()
    const issuer = away.origin
    await away.stop()
    const refusal = await refused(authorizationServer.pin(addRequest({ issuer })), 'provider_unreachable')
    assert.equal(refusal.remedy, 'retry')
  })

  test('does not follow a redirect to another description', async () => {
    server.answer(OIDC, { status: 302, headers: { location: server.url('/elsewhere') } })
    server.answer('/elsewhere', json(metadata()))
    await refused(authorizationServer.pin(addRequest({ issuer: server.origin })), 'misconfigured', 'issuer')
    assert.equal(server.count('/elsewhere'), 0)
  })

  test('chooses the authentication the server offers', async () => {
    const clientSecret = 'canary'
    const offering = (...methods: string[]) => ({ token_endpoint_auth_methods_supported: methods })
    const chosen = async (described: object, more: More): Promise<string> =>
      (await pin(described, more)).authentication
    assert.equal(await chosen({}, {}), 'none')
    assert.equal(await chosen({}, { clientSecret }), 'client_secret_basic')
    assert.equal(await chosen(offering('client_secret_post'), { clientSecret }), 'client_secret_post')
    assert.equal(
      await chosen(offering('client_secret_post', 'client_secret_basic'), { clientSecret }),
      'client_secret_basic',
    )
    assert.equal(
      await chosen({}, { clientSecret, authentication: 'client_secret_post' }),
      'client_secret_post',
    )
    await refused(pin(offering('self_signed_tls'), { clientSecret }), 'misconfigured', 'authentication')
  })

  test('never takes a private key for a password', async () => {
    assert.equal((await pin({}, { clientSecret: rsaKey })).authentication, 'private_key_jwt')
    const both = clientCertificate + clientKey
    assert.equal((await pin({}, { clientSecret: both })).authentication, 'tls_client_auth')
  })

  test('refuses a secret that does not fit the method, naming the field', async () => {
    for (const authentication of ['client_secret_basic', 'private_key_jwt', 'tls_client_auth'] as const) {
      await refused(pin({}, { authentication }), 'bad_request', 'clientSecret')
    }
    await refused(pin({}, { flow: 'client-credentials' }), 'bad_request', 'clientSecret')
    for (const authentication of ['private_key_jwt', 'tls_client_auth'] as const) {
      await refused(pin({}, { authentication, clientSecret: 'canary' }), 'bad_request', 'clientSecret')
    }
    await refused(
      pin({}, { authentication: 'none', clientSecret: 'canary' }),
      'bad_request',
      'authentication',
    )
    assert.equal(server.requests.length, 0)
  })

  test('with a client certificate the endpoints made for it are kept', async () => {
    const aliases = { token_endpoint: server.url('/mtls/token') }
    const more = { clientSecret: clientCertificate + clientKey }
    const { server: pinned } = await pin({ mtls_endpoint_aliases: aliases }, more)
    assert.equal(pinned.endpoints.token_endpoint, server.url('/mtls/token'))
    assert.equal(pinned.endpoints.revocation_endpoint, server.url('/revoke'))
  })
})
