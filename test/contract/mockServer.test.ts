/**
 * The adapter against a second server that nobody here wrote, whose answers can be changed on their way: what
 * oidc-provider, which is strict, never says. It has no devices, and takes any refresh token.
 */
import assert from 'node:assert/strict'
import { OAuth2Server, type SignedToken, type TokenResponse } from 'oauth2-mock-server'
import { AddConnection } from '../../shared/contract/newConnection.js'
import { createAuthorizationServer } from '../../daemon/adapters/oauth/authorizationServer.js'
import { planned } from '../../daemon/core/newConnection.js'
import type { RefreshOutcome, Tokens } from '../../daemon/core/outcome.js'
import type { OAuthClient } from '../../daemon/core/providerPorts.js'
import { Secret } from '../../daemon/core/secret.js'
import { kubernetes } from '../../daemon/providers/kubernetes.js'
import { oauth2 } from '../../daemon/providers/oauth2.js'
import { oidc } from '../../daemon/providers/oidc.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import { pinnedClient } from '../fakes/oauthClients.js'
import { tokensIn } from './authorizationServer.contract.js'

const REDIRECT = 'http://127.0.0.1:49152/callback'

suite('authorization server contract: openid-client, asking oauth2-mock-server', () => {
  const authorizationServer = createAuthorizationServer({
    clock: { now: () => Date.now() },
    network: { noProxy: [] },
  })
  let server: OAuth2Server
  let issuer: string

  setup(async () => {
    server = new OAuth2Server()
    await server.issuer.keys.generate('RS256')
    await server.start(0, '127.0.0.1')
    issuer = server.issuer.url ?? assert.fail('it is nowhere')
  })
  teardown(() => server.stop())

  const clientOf = async (
    profile: ProviderProfile,
    more: Partial<typeof AddConnection._zod.input> = {},
  ): Promise<OAuthClient> => {
    const plain = {
      name: 'work',
      provider: profile.id,
      clientId: 'native',
      issuer,
      scopes: ['openid'],
      ...more,
    }
    const client = await pinnedClient(authorizationServer, planned(AddConnection.parse(plain), profile))
    return { ...client, profile }
  }

  const byEndpoints = (): Promise<OAuthClient> =>
    clientOf(oauth2, {
      issuer: undefined,
      scopes: ['read'],
      endpoints: {
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        revocation_endpoint: `${issuer}/revoke`,
        introspection_endpoint: `${issuer}/introspect`,
      },
    })

  const redeemed = async (client: OAuthClient): Promise<RefreshOutcome> => {
    const request = await authorizationServer.beginCode(client, REDIRECT)
    const { headers } = await fetch(request.url, { redirect: 'manual' })
    return authorizationServer.redeemCode(client, request, headers.get('location') ?? '')
  }

  const signedIn = async (client: OAuthClient): Promise<Tokens> => tokensIn(await redeemed(client))

  const refreshTokenOf = ({ refreshToken }: Tokens): Secret => refreshToken ?? assert.fail('no refresh token')

  /** The next answer of the token endpoint is this one. */
  const next = (change: (answer: TokenResponse) => void): void =>
    void server.service.once('beforeResponse', change)

  for (const [id, add] of [
    ['oidc', () => clientOf(oidc)],
    ['oauth2', byEndpoints],
  ] as const) {
    test(`P1 ${id}: a sign-in gives tokens, and each refresh another pair`, async () => {
      const client = await add()
      const first = await signedIn(client)
      assert.equal(first.account?.id, id === 'oidc' ? 'johndoe' : undefined)
      const second = tokensIn(await authorizationServer.refresh(client, refreshTokenOf(first)))
      assert.notEqual(refreshTokenOf(second).reveal(), refreshTokenOf(first).reveal())
      assert.ok(second.expiresAt !== null && second.expiresAt > Date.now())
    })

    test(`P1 ${id}: what a refresh is answered with decides, its status and its word`, async () => {
      const client = await add()
      const { accessToken } = await signedIn(client)
      const answers: readonly (readonly [number, Record<string, unknown>, string])[] = [
        [400, { error: 'invalid_grant' }, 'oauthError'],
        [401, { error: 'invalid_client' }, 'oauthError'],
        [503, {}, 'notOAuth'],
        [200, {}, 'notOAuth'],
        [200, { access_token: 'a', token_type: 'mac' }, 'untrusted'],
        [200, { access_token: accessToken.reveal(), token_type: 'bearer', expires_in: '60' }, 'tokens'],
      ]
      for (const [statusCode, body, kind] of answers) {
        next((answer) => Object.assign(answer, { statusCode, body }))
        const outcome = await authorizationServer.refresh(client, new Secret('any'))
        assert.equal(outcome.kind, kind, JSON.stringify(body))
      }
    })

    test(`P1 ${id}: a token is revoked, or is said to be left`, async () => {
      const client = await add()
      const token = refreshTokenOf(await signedIn(client))
      const revoked = await authorizationServer.revoke(client, token, 'refresh_token')
      assert.equal(revoked.kind, 'revoked')
      server.service.once('beforeRevoke', (answer: TokenResponse) =>
        Object.assign(answer, { statusCode: 500 }),
      )
      assert.equal((await authorizationServer.revoke(client, token, 'refresh_token')).kind, 'failed')
    })
  }

  test('P1 oidc: an id token for another client, or of another issuer, is not used', async () => {
    const client = await clientOf(oidc)
    for (const claims of [{ aud: 'another' }, { iss: 'https://another.example' }]) {
      const change = ({ payload }: SignedToken): void => void Object.assign(payload, claims)
      server.service.on('beforeTokenSigning', change)
      assert.equal((await redeemed(client)).kind, 'untrusted', JSON.stringify(claims))
      server.service.off('beforeTokenSigning', change)
    }
  })

  test('P1 oauth2: whether an access token holds is asked by introspection', async () => {
    const client = await byEndpoints()
    const { accessToken } = await signedIn(client)
    assert.equal(await authorizationServer.probe(client, accessToken), 'taken')
    server.service.once('beforeIntrospect', (answer: TokenResponse) =>
      Object.assign(answer, { body: { active: false } }),
    )
    assert.equal(await authorizationServer.probe(client, accessToken), 'refused')
  })

  test('P1 kubernetes: callers get its id token, and a refresh without one renews nothing', async () => {
    const client = await clientOf(kubernetes)
    const first = await signedIn(client)
    assert.ok(first.expiresAt !== null)
    const second = await authorizationServer.refresh(client, refreshTokenOf(first))
    assert.equal(second.kind, 'tokens')
    next(({ body }) => void delete body['id_token'])
    const third = await authorizationServer.refresh(client, refreshTokenOf(first))
    assert.ok(third.kind === 'unrenewed' && third.refreshToken !== undefined)
  })

  test('P1 service-account: a client that acts for itself gets an access token alone', async () => {
    const robot = await clientOf(oidc, {
      flow: 'client-credentials',
      clientSecret: 'its-secret',
      authentication: 'client_secret_post',
    })
    const { refreshToken, account } = tokensIn(await authorizationServer.clientCredentials(robot))
    assert.deepEqual([refreshToken, account], [undefined, null])
  })
})
