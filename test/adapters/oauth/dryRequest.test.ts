/** Dry authorization requests as servers get them, and what is read of their answers. */
import assert from 'node:assert/strict'
import { createAuthorizationServer } from '../../../daemon/adapters/oauth/authorizationServer.js'
import { dryRequestPolicy } from '../../../daemon/adapters/oauth/dryRequest.js'
import { linesOf } from '../../../daemon/adapters/oauth/pageLines.js'
import { OUTBOUND_POLICY } from '../../../daemon/adapters/network/outbound.js'
import type { DryAnswer, OAuthClient } from '../../../daemon/core/providerPorts.js'
import { addRequest, clientOf, plainServer } from '../../fakes/oauthClients.js'
import { json, ScriptedServer, type Reply } from '../../fakes/scriptedServer.js'

const REDIRECT = 'http://127.0.0.1:50000/callback'
const NOTHING: DryAnswer = { kind: 'nothing' }
const SECRET = 'canary-of-the-client'

const redirect = (location: string): Reply => ({ status: 302, headers: { location } })
const page = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body,
})

suite('dry authorization requests', () => {
  let server: ScriptedServer
  const clock = { now: () => Date.now() }
  const network = { noProxy: [] }
  const authorizationServer = createAuthorizationServer({ clock, network })

  setup(async () => {
    server = await ScriptedServer.start()
  })
  teardown(() => server.stop())

  const clientAsking = (scopes: readonly string[], jwksUri?: string): OAuthClient =>
    clientOf(
      plainServer(server.origin, { jwksUri }),
      addRequest({ issuer: server.origin, scopes: [...scopes] }),
    )

  const answerTo = (reply: Reply, client = clientAsking(['read'])): Promise<DryAnswer> => {
    server.answer('/authorize', reply)
    return authorizationServer.dryRequest(client, REDIRECT)
  }

  test('ask once as a sign-in would, without cookies and secrets, and follow nothing', async () => {
    const client = { ...clientAsking(['openid', 'offline_access'], server.url('/keys')) }
    assert.deepEqual(await answerTo(redirect(server.url('/login')), client), NOTHING)
    const [request, ...more] = server.requests
    assert.equal(more.length, 0)
    assert.ok(request)
    assert.equal(request.method, 'GET')
    assert.equal(request.headers['cookie'], undefined)
    assert.equal(request.headers['authorization'], undefined)
    const asked = Object.fromEntries(new URL(request.url, server.origin).searchParams)
    const begun = await authorizationServer.beginCode(client, REDIRECT)
    const wouldAsk = Object.fromEntries(new URL(begun.url).searchParams)
    const random = ['state', 'nonce', 'code_challenge']
    for (const name of random) assert.match(asked[name] ?? '', /^[\w-]{43}$/)
    const fixed = (all: Record<string, string>) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => !random.includes(name)))
    assert.deepEqual(fixed(asked), { ...fixed(wouldAsk), prompt: 'none' })
  })

  test('ask nobody only where the server is OpenID Connect', async () => {
    await answerTo(redirect('/login'), clientAsking(['openid']))
    await answerTo(redirect('/login'), clientAsking(['read'], server.url('/keys')))
    for (const { url } of server.requests) assert.doesNotMatch(url, /prompt=/)
    assert.equal(server.requests.length, 2)
  })

  test('tell an error that the browser would bring back, and nothing else that it would', async () => {
    const back = `${REDIRECT}?error=invalid_scope&error_description=no%20such%0a%1b%5b31mscope&state=x`
    assert.deepEqual(await answerTo(redirect(back)), {
      kind: 'sentBack',
      error: 'invalid_scope',
      said: 'no such [31mscope',
    })
    const elsewhere = [
      `${REDIRECT}?code=one`,
      'http://127.0.0.1:50001/callback?error=invalid_scope',
      'http://127.0.0.1:50000/other?error=invalid_scope',
      '/login?error=invalid_scope',
      'http://[',
    ]
    for (const location of elsewhere) assert.deepEqual(await answerTo(redirect(location)), NOTHING, location)
  })

  test('read errors in JSON, and what stands on a page', async () => {
    const refused = { error: 'invalid_client', error_description: `no client ${'x'.repeat(500)}` }
    const told = await answerTo(json(refused, 401))
    assert.ok(told.kind === 'error')
    assert.deepEqual([told.status, told.error, told.said.length], [401, 'invalid_client', 200])
    assert.deepEqual(await answerTo(json({ message: 'redirect_uri is wrong' }, 400)), {
      kind: 'error',
      status: 400,
      error: 'redirect_uri is wrong',
      said: '',
    })
    assert.deepEqual(
      await answerTo(page(400, '<h1>Sorry</h1><p>Invalid parameter: <b>redirect_uri</b></p>')),
      {
        kind: 'page',
        status: 400,
        lines: ['Sorry', 'Invalid parameter: redirect_uri'],
      },
    )
  })

  test('say nothing of what cannot be read, is no error, or does not come', async () => {
    const answers: readonly Reply[] = [
      page(200, '<p>client_id</p>'),
      json({ error: 'invalid_client' }),
      json(['invalid_client'], 400),
      { status: 400, headers: { 'content-type': 'application/json' }, body: '{"error":' },
      { status: 302 },
      page(400, 'client_id '.repeat(30_000)),
      'reset',
      'cutBody',
    ]
    for (const answer of answers) assert.deepEqual(await answerTo(answer), NOTHING, JSON.stringify(answer))
  })

  test('wait for a server no longer than a few seconds', async () => {
    const { connectMs, exchangeMs, maxBodyBytes } = dryRequestPolicy(OUTBOUND_POLICY)
    assert.ok(connectMs <= 3_000 && exchangeMs <= 3_000 && maxBodyBytes <= 1_048_576)
    const policy = { ...OUTBOUND_POLICY, exchangeMs: 50 }
    const hurried = createAuthorizationServer({ clock, network, policy })
    server.answer('/authorize', 'hang')
    assert.deepEqual(await hurried.dryRequest(clientAsking(['read']), REDIRECT), NOTHING)
  })

  test('go where requests are pushed, by a client that is known there, and never tell its secret', async () => {
    const plain = plainServer(server.origin)
    const endpoints = { ...plain.endpoints, pushed_authorization_request_endpoint: server.url('/par') }
    const request = addRequest({ issuer: server.origin, scopes: ['read'], clientSecret: SECRET })
    const client = clientOf({ ...plain, endpoints }, request, { authentication: 'client_secret_basic' })
    server.answer('/par', json({ request_uri: 'urn:one', expires_in: 60 }, 201))
    assert.deepEqual(await authorizationServer.dryRequest(client, REDIRECT), NOTHING)
    const [pushed] = server.requests
    assert.equal(pushed?.form.get('redirect_uri'), REDIRECT)
    assert.doesNotMatch(pushed?.url ?? '', /canary/)
    assert.match(pushed?.headers.authorization ?? '', /^Basic /)
    const refusal = { error: 'invalid_client', error_description: `${SECRET} is wrong` }
    server.answer('/par', json(refusal, 401))
    assert.deepEqual(await authorizationServer.dryRequest(client, REDIRECT), {
      kind: 'error',
      status: 401,
      error: 'invalid_client',
      said: '[secret] is wrong',
    })
    server.answer('/par', 'reset')
    assert.deepEqual(await authorizationServer.dryRequest(client, REDIRECT), NOTHING)
    assert.ok(server.requests.every(({ url }) => url === '/par'))
  })

  test('read a page as a person does', () => {
    const whole =
      '<title>Oh&nbsp;no</title><script>client_id < 3</script><style>p{}</style>' +
      '<p>The &#39;redirect_uri&#39;\n  is <em>wrong</em> &lt;here&gt;</p>&unknown;<br>end'
    assert.deepEqual(linesOf(whole), ['Oh no', "The 'redirect_uri'", 'is wrong <here>', '&unknown;', 'end'])
    assert.deepEqual(linesOf('plain\ntext'), ['plain', 'text'])
  })
})
