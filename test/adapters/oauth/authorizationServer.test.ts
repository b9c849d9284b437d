import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { createAuthorizationServer } from '../../../daemon/adapters/oauth/authorizationServer.js'
import type { Outcome, RefreshOutcome } from '../../../daemon/core/outcome.js'
import type { OAuthClient } from '../../../daemon/core/providerPorts.js'
import type { PinnedServer } from '../../../daemon/core/record.js'
import { Secret } from '../../../daemon/core/secret.js'
import { Refusal } from '../../../shared/contract/errors.js'
import { addRequest, clientOf, plainServer } from '../../fakes/oauthClients.js'
import { json, ScriptedServer } from '../../fakes/scriptedServer.js'

const NOW = 1_800_000_000_000
const REDIRECT = 'http://127.0.0.1:49152/callback'
const granted = {
  access_token: 'canary-access',
  token_type: 'Bearer',
  expires_in: 60,
  refresh_token: 'canary-refresh',
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwk = { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function idToken(claims: object, key = rsa.privateKey, alg = 'RS256'): string {
  const signed = `${base64url({ alg, kid: 'k1' })}.${base64url(claims)}`
  return `${signed}.${alg === 'none' ? '' : sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}

suite('authorization server over openid-client', () => {
  let server: ScriptedServer
  const authorizationServer = createAuthorizationServer({
    clock: { now: () => NOW },
    network: { noProxy: [] },
  })

  setup(async () => {
    server = await ScriptedServer.start()
    server.answer('/token', json(granted))
  })
  teardown(() => server.stop())

  const clientAt = (more: Partial<PinnedServer> = {}, scopes: string[] = []): OAuthClient =>
    clientOf(plainServer(server.origin, more), addRequest({ issuer: server.origin, scopes }))

  const openid = (): OAuthClient => clientAt({ jwksUri: server.url('/jwks') }, ['openid', 'email'])

  const callback = (parameters: Record<string, string>): string =>
    `${REDIRECT}?${new URLSearchParams(parameters).toString()}`

  const assertUntrusted = (outcome: Outcome, reason: RegExp): void => {
    assert.equal(outcome.kind, 'untrusted', JSON.stringify(outcome))
    if (outcome.kind === 'untrusted') assert.match(outcome.reason, reason)
    assert.doesNotMatch(JSON.stringify(outcome), /canary/)
  }

  suite('asking in the browser', () => {
    test('sends PKCE by S256, a state and a nonce of 256 random bits, and no more than it must', async () => {
      const client = clientAt({ jwksUri: server.url('/jwks') }, ['openid', 'offline_access'])
      const request = await authorizationServer.beginCode(client, REDIRECT)
      const url = new URL(request.url)
      const challenge = createHash('sha256').update(request.verifier.reveal()).digest('base64url')
      assert.equal(url.origin + url.pathname, server.url('/authorize'))
      assert.deepEqual(Object.fromEntries(url.searchParams), {
        client_id: 'native',
        response_type: 'code',
        redirect_uri: REDIRECT,
        scope: 'openid offline_access',
        state: request.state,
        nonce: request.nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        prompt: 'consent',
      })
      for (const text of [request.state, request.nonce, request.verifier.reveal()]) {
        assert.ok(Buffer.from(text, 'base64url').length >= 32)
      }
      assert.equal(server.requests.length, 0)
    })

    test('never uses state, nonce or verifier twice', async () => {
      const seen = new Set<string>()
      for (let round = 0; round < 50; round += 1) {
        const request = await authorizationServer.beginCode(clientAt(), REDIRECT)
        for (const text of [request.state, request.nonce, request.verifier.reveal()]) seen.add(text)
      }
      assert.equal(seen.size, 150)
    })

    test('asks no nonce, scope or consent where they mean nothing', async () => {
      const { url } = await authorizationServer.beginCode(clientAt(), REDIRECT)
      for (const name of ['nonce', 'scope', 'prompt'])
        assert.equal(new URL(url).searchParams.has(name), false)
    })

    test('asks for the claims that the provider wants proven, letter by letter', async () => {
      const claims = '{ "access_token": {"polids":{"essential":true,"values":["a&b=c"]}}}'
      const { url } = await authorizationServer.beginCode(clientAt(), REDIRECT, claims)
      assert.deepEqual(new URL(url).searchParams.getAll('claims'), [claims])
    })

    test('refuses when the server has nowhere to send the browser', async () => {
      const client = clientAt({ endpoints: { token_endpoint: server.url('/token') } })
      await assert.rejects(
        authorizationServer.beginCode(client, REDIRECT),
        (error) => error instanceof Refusal && error.code === 'misconfigured',
      )
    })
  })

  suite('coming back from the browser', () => {
    const redeem = async (client: OAuthClient, answer: (state: string) => string): Promise<Outcome> => {
      const request = await authorizationServer.beginCode(client, REDIRECT)
      return authorizationServer.redeemCode(client, request, answer(request.state))
    }

    test('the code goes to the token endpoint with its verifier and redirect URI', async () => {
      const client = clientAt()
      const request = await authorizationServer.beginCode(client, REDIRECT)
      const came = callback({ code: 'c', state: request.state })
      const outcome = await authorizationServer.redeemCode(client, request, came)
      assert.equal(outcome.kind, 'tokens')
      assert.deepEqual(Object.fromEntries(server.requests[0]?.form ?? []), {
        client_id: 'native',
        code: 'c',
        code_verifier: request.verifier.reveal(),
        grant_type: 'authorization_code',
        redirect_uri: REDIRECT,
      })
    })

    const wrongAnswers: readonly [string, RegExp, (state: string) => string][] = [
      ['no state', /state/, () => callback({ code: 'c' })],
      ['another state', /state/, () => callback({ code: 'c', state: 'x' })],
      ['an empty state', /state/, () => callback({ code: 'c', state: '' })],
      ['two states', /state/, (state) => `${callback({ code: 'c', state })}&state=${state}`],
      ['two codes', /code/, (state) => `${callback({ code: 'c', state })}&code=d`],
      ['no code', /code/, (state) => callback({ state })],
      ['another issuer', /iss/, (state) => callback({ code: 'c', state, iss: 'https://other.test' })],
      [
        'another path',
        /another address/,
        (state) => callback({ code: 'c', state }).replace('/callback', '/other'),
      ],
      [
        'another port',
        /another address/,
        (state) => callback({ code: 'c', state }).replace('49152', '49153'),
      ],
      ['an error without the state', /state/, () => callback({ error: 'access_denied' })],
      ['tokens in the front', /browser/, (state) => callback({ code: 'c', state, id_token: 'canary' })],
    ]
    for (const [name, reason, answer] of wrongAnswers) {
      test(`an answer with ${name} is refused, and no code is sent anywhere`, async () => {
        assertUntrusted(await redeem(clientAt(), answer), reason)
        assert.equal(server.requests.length, 0)
      })
    }

    test('where the server promises its name, an answer without it is refused', async () => {
      const promising = clientAt({ promisesIss: true })
      assertUntrusted(await redeem(promising, (state) => callback({ code: 'c', state })), /iss/)
      assertUntrusted(await redeem(promising, (state) => callback({ error: 'access_denied', state })), /iss/)
      assert.equal(server.requests.length, 0)
      const named = await redeem(promising, (state) => callback({ code: 'c', state, iss: server.origin }))
      assert.equal(named.kind, 'tokens')
    })

    test('a code of one server is never sent to another (mix-up)', async () => {
      const honest = await ScriptedServer.start()
      try {
        const attacked = clientAt()
        // The attacker forwards the browser to the honest server, which names itself.
        const outcome = await redeem(attacked, (state) => callback({ code: 'c', state, iss: honest.origin }))
        assertUntrusted(outcome, /iss/)
        assert.equal(server.requests.length + honest.requests.length, 0)
      } finally {
        await honest.stop()
      }
    })

    test('an error the browser brings is an OAuth error with a tame description', async () => {
      const outcome = await redeem(clientAt(), (state) =>
        callback({ error: 'access_denied', error_description: `no\u001b[31m${'x'.repeat(999)}`, state }),
      )
      assert.ok(outcome.kind === 'oauthError')
      assert.equal(outcome.error, 'access_denied')
      assert.match(outcome.description, /^[\x20-\x7e]{1,200}$/)
    })

    test('a redirect at the token endpoint is followed by nobody', async () => {
      server.answer('/token', { status: 307, headers: { location: server.url('/sink') } })
      const outcome = await redeem(clientAt(), (state) => callback({ code: 'c', state }))
      assert.deepEqual([outcome.kind, outcome.kind === 'notOAuth' && outcome.status], ['notOAuth', 307])
      assert.equal(server.count('/sink'), 0)
    })
  })

  suite('id tokens', () => {
    const redeem = async (
      claims: object,
      sign: (claims: object) => string = idToken,
      client = openid(),
    ): Promise<Outcome> => {
      const request = await authorizationServer.beginCode(client, REDIRECT)
      const now = Math.floor(Date.now() / 1000)
      const whole = {
        iss: server.origin,
        aud: 'native',
        sub: 'ada',
        iat: now,
        exp: now + 60,
        nonce: request.nonce,
      }
      server.answer('/token', json({ ...granted, id_token: sign({ ...whole, ...claims }) }))
      return authorizationServer.redeemCode(client, request, callback({ code: 'c', state: request.state }))
    }

    setup(() => server.answer('/jwks', json({ keys: [jwk] })))

    test('a good one says whose account it is', async () => {
      const outcome = await redeem({ email: 'ada@example.test', name: 'Ada' })
      assert.ok(outcome.kind === 'tokens', JSON.stringify(outcome))
      assert.deepEqual(outcome.tokens.account, { id: 'ada', label: 'ada@example.test' })
    })

    test('the label falls back from email to user name, name and subject', async () => {
      const label = async (claims: object): Promise<string | undefined> => {
        const outcome = await redeem(claims)
        return outcome.kind === 'tokens' ? outcome.tokens.account?.label : outcome.kind
      }
      assert.equal(await label({ preferred_username: 'ada', name: 'Ada L' }), 'ada')
      assert.equal(await label({ name: 'Ada\u001b[31m L\u00f6' }), 'Ada [31m L\u00f6')
      assert.equal(await label({}), 'ada')
    })

    const groupsAt = async (userinfo: Parameters<ScriptedServer['answer']>[1], claims: object) => {
      server.answer('/userinfo', userinfo)
      const endpoints = {
        ...plainServer(server.origin).endpoints,
        userinfo_endpoint: server.url('/userinfo'),
      }
      const client = clientAt({ endpoints, jwksUri: server.url('/jwks') }, ['openid', 'email', 'groups'])
      const outcome = await redeem({ email: 'ada@example.test', ...claims }, idToken, client)
      assert.ok(outcome.kind === 'tokens', JSON.stringify(outcome))
      return outcome.tokens.claims
    }

    test('groups come from it, or from userinfo where it leaves them out though they were asked for', async () => {
      const told = json({ sub: 'ada', groups: ['makers'] })
      assert.deepEqual(await groupsAt(told, { groups: ['admins'] }), { groups: ['admins'] })
      assert.equal(server.count('/userinfo'), 0)
      assert.deepEqual(await groupsAt(told, {}), { groups: ['makers'] })
    })

    test('no groups are told from groups that nobody could be asked for', async () => {
      assert.deepEqual(await groupsAt(json({ sub: 'ada' }), {}), {})
      assert.equal(await groupsAt({ status: 500 }, {}), undefined)
      assert.equal(await groupsAt(json({ sub: 'grace', groups: ['makers'] }), {}), undefined)
    })

    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const wrong: readonly [string, RegExp, object, ((claims: object) => string)?][] = [
      ['for another client', /another server, client or request/, { aud: 'other' }],
      ['from another server', /another server, client or request/, { iss: 'https://other.test' }],
      ['for another request', /another server, client or request/, { nonce: 'other' }],
      ['without a nonce', /cannot be verified/, { nonce: undefined }],
      ['without a subject', /cannot be verified/, { sub: undefined }],
      ['signed by a stranger', /cannot be verified/, {}, (claims) => idToken(claims, stranger)],
      ['that is not signed', /cannot be verified/, {}, (claims) => idToken(claims, rsa.privateKey, 'none')],
    ]
    for (const [name, reason, claims, signer] of wrong) {
      test(`one ${name} is not trusted`, async () => {
        assertUntrusted(await redeem(claims, signer), reason)
      })
    }

    test("one that is over, or is not valid yet, points at this machine's clock", async () => {
      const hour = 3_600
      const now = Math.floor(Date.now() / 1000)
      for (const claims of [{ exp: now - hour }, { nbf: now + hour }]) {
        assertUntrusted(await redeem(claims), /check this machine's clock/)
      }
    })

    test('none at all, where one was asked for, is not trusted', async () => {
      const client = openid()
      const request = await authorizationServer.beginCode(client, REDIRECT)
      const came = callback({ code: 'c', state: request.state })
      assertUntrusted(await authorizationServer.redeemCode(client, request, came), /missing/)
    })

    test('one whose keys cannot be fetched is not trusted', async () => {
      server.answer('/jwks', { status: 500 })
      assertUntrusted(await redeem({}), /keys/)
    })
  })

  suite('whose account', () => {
    const signIn = async (): Promise<Outcome> => {
      const endpoints = {
        ...plainServer(server.origin).endpoints,
        userinfo_endpoint: server.url('/userinfo'),
      }
      const client = clientAt({ endpoints })
      const request = await authorizationServer.beginCode(client, REDIRECT)
      return authorizationServer.redeemCode(client, request, callback({ code: 'c', state: request.state }))
    }

    test('is asked of userinfo where no id token says it', async () => {
      server.answer('/userinfo', json({ sub: 'ada', email: 'ada@example.test' }))
      const outcome = await signIn()
      assert.ok(outcome.kind === 'tokens')
      assert.deepEqual(outcome.tokens.account, { id: 'ada', label: 'ada@example.test' })
      assert.equal(server.requests.at(-1)?.headers.authorization, 'Bearer canary-access')
    })

    test('is unknown when userinfo fails, and the grant stands', async () => {
      for (const reply of [{ status: 500 }, json({ login: 'ada' }), 'reset', { status: 403 }] as const) {
        server.answer('/userinfo', reply)
        const outcome = await signIn()
        assert.ok(outcome.kind === 'tokens', JSON.stringify(outcome))
        assert.equal(outcome.tokens.account, null)
      }
    })
  })

  suite('devices', () => {
    const answer = {
      device_code: 'canary-device',
      user_code: 'ABCD-EFGH',
      verification_uri: 'https://server.test/device',
      expires_in: 600,
    }

    test('waits as the server asks, five seconds where it does not', async () => {
      server.answer('/device', json({ ...answer, interval: 7 }))
      const request = await authorizationServer.beginDevice(clientAt({}, ['a', 'b']))
      assert.equal(request.intervalMs, 7_000)
      assert.equal(request.expiresAt, NOW + 600_000)
      assert.equal(request.userCode, 'ABCD-EFGH')
      assert.equal(server.requests[0]?.form.get('scope'), 'a b')
      server.answer('/device', json(answer))
      assert.equal((await authorizationServer.beginDevice(clientAt())).intervalMs, 5_000)
    })

    test('one poll is one request; waiting and slowing down are answers', async () => {
      server.answer('/device', json(answer))
      const client = clientAt()
      const request = await authorizationServer.beginDevice(client)
      for (const error of ['authorization_pending', 'slow_down', 'expired_token', 'access_denied']) {
        server.answer('/token', json({ error }, 400))
        const outcome = await authorizationServer.pollDevice(client, request)
        assert.equal(outcome.kind === 'oauthError' && outcome.error, error)
      }
      assert.equal(server.count('/token'), 4)
      assert.equal(server.requests.at(-1)?.form.get('device_code'), 'canary-device')
    })

    test('a page that is not https is never shown', async () => {
      const bad = [
        { verification_uri: 'http://server.test/d' },
        { verification_uri_complete: 'javascript:alert(1)' },
      ]
      for (const wrong of [...bad, { verification_uri: 'file:///etc/passwd' }]) {
        server.answer('/device', json({ ...answer, ...wrong }))
        await assert.rejects(
          authorizationServer.beginDevice(clientAt()),
          (error) => error instanceof Refusal && error.code === 'provider_refused',
        )
      }
    })

    test('a server that refuses, breaks or is away is a refusal with its kind', async () => {
      const cases = [
        [json({ error: 'unauthorized_client' }, 400), 'provider_refused'],
        [{ headers: { 'content-type': 'text/html' }, body: '<html>canary' }, 'provider_refused'],
        ['reset', 'provider_unreachable'],
      ] as const
      for (const [reply, code] of cases) {
        server.answer('/device', reply)
        await assert.rejects(authorizationServer.beginDevice(clientAt()), (error) => {
          assert.ok(error instanceof Refusal)
          assert.doesNotMatch(error.message, /canary/)
          return error.code === code
        })
      }
    })
  })

  suite('revoking', () => {
    const token = new Secret('canary-refresh')

    test('sends the token with its kind', async () => {
      server.answer('/revoke', { status: 200 })
      const done = await authorizationServer.revoke(clientAt(), token, 'refresh_token')
      assert.deepEqual(done, { kind: 'revoked' })
      const form = server.requests[0]?.form
      assert.deepEqual(
        [form?.get('token'), form?.get('token_type_hint')],
        ['canary-refresh', 'refresh_token'],
      )
    })

    test('is done when the server answers another success', async () => {
      server.answer('/revoke', { status: 204 })
      const done = await authorizationServer.revoke(clientAt(), token, 'refresh_token')
      assert.deepEqual(done, { kind: 'revoked' })
    })

    test('is unsupported where there is no endpoint for it', async () => {
      const client = clientAt({ endpoints: { token_endpoint: server.url('/token') } })
      const done = await authorizationServer.revoke(client, token, 'access_token')
      assert.deepEqual(done, { kind: 'unsupported' })
      assert.equal(server.requests.length, 0)
    })

    test('that failed says why and nothing secret', async () => {
      for (const reply of [
        json({ error: 'invalid_client', error_description: 'canary' }, 401),
        { status: 503 },
        'reset',
      ] as const) {
        server.answer('/revoke', reply)
        const done = await authorizationServer.revoke(clientAt(), token, 'refresh_token')
        assert.ok(done.kind === 'failed', JSON.stringify(done))
        assert.notEqual(done.reason, '')
        assert.doesNotMatch(done.reason, /canary/)
      }
    })
  })

  test('what goes wrong on the way says whether the request left', async () => {
    const refresh = (): Promise<RefreshOutcome> =>
      authorizationServer.refresh(clientAt(), new Secret('canary'))
    for (const reply of ['reset', 'cutBody'] as const) {
      server.answer('/token', reply)
      assert.equal((await refresh()).kind, 'unanswered')
    }
    assert.equal(server.count('/token'), 2)
    const gone = clientOf(plainServer('http://127.0.0.1:1'), addRequest({ issuer: 'http://127.0.0.1:1' }))
    assert.equal((await authorizationServer.refresh(gone, new Secret('canary'))).kind, 'unreachable')
  })

  test('the refresh asks for the scopes it has, by naming none', async () => {
    await authorizationServer.refresh(clientAt({}, ['a', 'b']), new Secret('canary-old'))
    assert.deepEqual(Object.fromEntries(server.requests[0]?.form ?? []), {
      client_id: 'native',
      grant_type: 'refresh_token',
      refresh_token: 'canary-old',
    })
  })

  test('a key that cannot sign sends nothing', async () => {
    const client = clientAt()
    const definition = { ...client.definition, authentication: 'private_key_jwt' } as const
    const keys = ['no key', generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' })]
    for (const key of [undefined, ...keys]) {
      const secret = key === undefined ? undefined : new Secret(key.toString())
      const outcome = await authorizationServer.refresh(
        { ...client, definition, secret },
        new Secret('canary'),
      )
      assert.equal(outcome.kind, 'unreachable')
      assert.doesNotMatch(JSON.stringify(outcome), /canary|PRIVATE/)
    }
    assert.equal(server.requests.length, 0)
  })
})
