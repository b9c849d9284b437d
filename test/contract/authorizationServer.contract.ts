/** What every AuthorizationServer must do, whether it asks a real server or plays one. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import type { RefreshOutcome, Tokens } from '../../daemon/core/outcome.js'
import type {
  AuthorizationServer,
  CodeRequest,
  DeviceRequest,
  OAuthClient,
} from '../../daemon/core/providerPorts.js'
import { addRequest, pinnedClient } from '../fakes/oauthClients.js'

/** A server together with the person who uses it. */
export interface Harness {
  readonly authorizationServer: AuthorizationServer
  readonly issuer: string
  /** A public client for codes and devices, and a confidential one with this secret. */
  readonly publicClient: string
  readonly confidentialClient: string
  readonly clientSecret: string
  /** The person agrees, or says no, in the browser: where the browser ends up. */
  browse(request: CodeRequest, decision: 'approve' | 'deny'): Promise<string>
  decideDevice(request: DeviceRequest, decision: 'approve' | 'deny'): Promise<void>
  stop(): Promise<void>
}

const REDIRECT = 'http://127.0.0.1:49152/callback'
const SCOPES = ['openid', 'offline_access', 'email']

export function tokensIn(outcome: RefreshOutcome): Tokens {
  assert.equal(outcome.kind, 'tokens', JSON.stringify(outcome))
  return outcome.kind === 'tokens' ? outcome.tokens : assert.fail()
}

function assertError(outcome: RefreshOutcome, error: string): void {
  assert.equal(outcome.kind === 'oauthError' && outcome.error, error, JSON.stringify(outcome))
}

function refreshTokenOf(tokens: Tokens): NonNullable<Tokens['refreshToken']> {
  return tokens.refreshToken ?? assert.fail('no refresh token')
}

export function authorizationServerContract(name: string, start: () => Promise<Harness>): void {
  suite(`authorization server contract: ${name}`, () => {
    let harness: Harness

    setup(async () => {
      harness = await start()
    })
    teardown(() => harness.stop())

    const client = (flow: 'code' | 'device' = 'code'): Promise<OAuthClient> => {
      const { issuer, publicClient: clientId, authorizationServer } = harness
      return pinnedClient(authorizationServer, addRequest({ issuer, clientId, flow, scopes: SCOPES }))
    }

    const signIn = async (signedIn: OAuthClient): Promise<Tokens> => {
      const request = await harness.authorizationServer.beginCode(signedIn, REDIRECT)
      const callback = await harness.browse(request, 'approve')
      return tokensIn(await harness.authorizationServer.redeemCode(signedIn, request, callback))
    }

    test('a person who agrees in the browser gives tokens and their account', async () => {
      const tokens = await signIn(await client())
      assert.notEqual(tokens.accessToken.reveal(), '')
      assert.ok(tokens.refreshToken)
      assert.deepEqual(tokens.account, { id: 'ada', label: 'ada@example.test' })
      assert.ok(tokens.expiresAt !== null && tokens.expiresAt > tokens.issuedAt)
    })

    test('a person who says no in the browser is an access_denied, not a fault', async () => {
      const asked = await client()
      const request = await harness.authorizationServer.beginCode(asked, REDIRECT)
      const callback = await harness.browse(request, 'deny')
      assertError(await harness.authorizationServer.redeemCode(asked, request, callback), 'access_denied')
    })

    test('an answer with another state is refused and spends nothing', async () => {
      const asked = await client()
      const request = await harness.authorizationServer.beginCode(asked, REDIRECT)
      const callback = await harness.browse(request, 'approve')
      const forged = new URL(callback)
      forged.searchParams.set('state', 'another')
      const { authorizationServer } = harness
      assert.equal((await authorizationServer.redeemCode(asked, request, forged.href)).kind, 'untrusted')
      tokensIn(await authorizationServer.redeemCode(asked, request, callback))
    })

    test('a code is redeemed once', async () => {
      const asked = await client()
      const request = await harness.authorizationServer.beginCode(asked, REDIRECT)
      const callback = await harness.browse(request, 'approve')
      tokensIn(await harness.authorizationServer.redeemCode(asked, request, callback))
      assertError(await harness.authorizationServer.redeemCode(asked, request, callback), 'invalid_grant')
    })

    test('each refresh gives a new pair, and a spent refresh token ends the grant', async () => {
      const signedIn = await client()
      const { authorizationServer } = harness
      const first = await signIn(signedIn)
      const second = tokensIn(await authorizationServer.refresh(signedIn, refreshTokenOf(first)))
      assert.notEqual(second.accessToken.reveal(), first.accessToken.reveal())
      assert.notEqual(refreshTokenOf(second).reveal(), refreshTokenOf(first).reveal())
      assertError(await authorizationServer.refresh(signedIn, refreshTokenOf(first)), 'invalid_grant')
      assertError(await authorizationServer.refresh(signedIn, refreshTokenOf(second)), 'invalid_grant')
    })

    test('a refresh that names fewer scopes gives an access token for these, and the grant keeps all', async () => {
      const signedIn = await client()
      const { authorizationServer } = harness
      const refreshToken = refreshTokenOf(await signIn(signedIn))
      const fewer = tokensIn(await authorizationServer.refresh(signedIn, refreshToken, ['openid']))
      assert.deepEqual(fewer.scopes, ['openid'])
      const whole = tokensIn(await authorizationServer.refresh(signedIn, refreshTokenOf(fewer), SCOPES))
      assert.deepEqual([...(whole.scopes ?? [])].sort(), [...SCOPES].sort())
    })

    test('a refresh that names more scopes than were granted is refused, and costs nothing', async () => {
      const signedIn = await client()
      const { authorizationServer } = harness
      const refreshToken = refreshTokenOf(await signIn(signedIn))
      const more = await authorizationServer.refresh(signedIn, refreshToken, ['openid', 'profile'])
      assertError(more, 'invalid_scope')
      tokensIn(await authorizationServer.refresh(signedIn, refreshToken))
    })

    test('a device waits for its person and then has tokens', async () => {
      const asked = await client('device')
      const { authorizationServer } = harness
      const request = await authorizationServer.beginDevice(asked)
      assertError(await authorizationServer.pollDevice(asked, request), 'authorization_pending')
      await harness.decideDevice(request, 'approve')
      const tokens = tokensIn(await authorizationServer.pollDevice(asked, request))
      assert.equal(tokens.account?.id, 'ada')
      assert.ok(tokens.refreshToken)
    })

    test('a device whose person says no is told so', async () => {
      const asked = await client('device')
      const request = await harness.authorizationServer.beginDevice(asked)
      await harness.decideDevice(request, 'deny')
      assertError(await harness.authorizationServer.pollDevice(asked, request), 'access_denied')
    })

    test('client credentials give an access token, no refresh token and no account', async () => {
      const { issuer, confidentialClient: clientId, clientSecret, authorizationServer } = harness
      const request = addRequest({ issuer, clientId, clientSecret, flow: 'client-credentials' })
      const robot = await pinnedClient(authorizationServer, request)
      const tokens = tokensIn(await authorizationServer.clientCredentials(robot))
      assert.equal(tokens.refreshToken, undefined)
      assert.equal(tokens.account, null)
    })

    test('a revoked refresh token no longer refreshes', async () => {
      const signedIn = await client()
      const { authorizationServer } = harness
      const refreshToken = refreshTokenOf(await signIn(signedIn))
      const revocation = await authorizationServer.revoke(signedIn, refreshToken, 'refresh_token')
      assert.deepEqual(revocation, { kind: 'revoked' })
      assertError(await authorizationServer.refresh(signedIn, refreshToken), 'invalid_grant')
    })

    test('without a secret a client authenticates by nothing, with one by the secret', async () => {
      const { issuer, authorizationServer } = harness
      assert.equal((await authorizationServer.pin(addRequest({ issuer }))).authentication, 'none')
      const withSecret = addRequest({ issuer, clientSecret: 'hush' })
      assert.equal((await authorizationServer.pin(withSecret)).authentication, 'client_secret_basic')
    })

    test('a plain http issuer outside loopback is refused, naming the field', async () => {
      await assert.rejects(
        harness.authorizationServer.pin(addRequest({ issuer: 'http://server.test' })),
        (error) => error instanceof Refusal && error.code === 'bad_request' && error.field === 'issuer',
      )
    })
  })
}
