import assert from 'node:assert/strict'
import { createAuthorizationServer } from '../../../daemon/adapters/oauth/authorizationServer.js'
import { ANSWER_POLICY } from '../../../daemon/adapters/oauth/tokenOutcome.js'
import type { RefreshOutcome } from '../../../daemon/core/outcome.js'
import type { OAuthClient } from '../../../daemon/core/providerPorts.js'
import { Secret } from '../../../daemon/core/secret.js'
import { verdictOf } from '../../../daemon/core/lifecycle/verdict.js'
import { oidc } from '../../../daemon/providers/oidc.js'
import { addRequest, clientOf, plainServer } from '../../fakes/oauthClients.js'
import { json, ScriptedServer } from '../../fakes/scriptedServer.js'
import type { Reply } from '../../fakes/scriptedServer.js'
import { figure } from '../../figures.js'
import { tokenAnswers } from './tokenAnswers.js'
import type { TokenAnswerRow } from './tokenAnswers.js'

const NOW = 1_800_000_000_000
const good = { access_token: 'fresh', token_type: 'Bearer', expires_in: 60 }

suite('outcomes of a token endpoint', () => {
  let server: ScriptedServer
  let client: OAuthClient
  const authorizationServer = createAuthorizationServer({
    clock: { now: () => NOW },
    network: { noProxy: [] },
  })

  setup(async () => {
    server = await ScriptedServer.start()
    client = clientOf(plainServer(server.origin), addRequest({ issuer: server.origin }))
  })
  teardown(() => server.stop())

  const refreshWith = (reply: Reply, asked = client): Promise<RefreshOutcome> => {
    server.answer('/token', reply)
    return authorizationServer.refresh(asked, new Secret('spent-canary'))
  }

  test('what the server repeats of a request is struck out of its words, whole or cut short', async () => {
    const describing = (error_description: string, error = 'invalid_grant') =>
      refreshWith(json({ error, error_description }, 400))
    for (const [said, kept] of [
      ['refresh token spent-canary is unknown', 'refresh token [secret] is unknown'],
      ['token "spent-ca..." not found', 'token "[secret]" not found'],
      ['client_id=native&refresh_token=spent-canary&grant_type=refresh_token', '[secret]'],
      ['expired on 2026-11-01, trace 0f8fad5b-d9cb-469f-a165-70867728950e', undefined],
    ] as const) {
      const outcome = await describing(said)
      assert.equal(outcome.kind === 'oauthError' && outcome.description, kept ?? said)
      assert.equal(outcome.kind === 'oauthError' && outcome.error, 'invalid_grant')
    }
    const inCode = await describing('', 'no spent-canary here')
    assert.equal(inCode.kind === 'oauthError' && inCode.error, 'no [secret] here')
  })

  const tokensFor = async (answer: object, asked = client) => {
    const outcome = await refreshWith(json({ ...good, ...answer }), asked)
    return outcome.kind === 'tokens' ? outcome.tokens : assert.fail(JSON.stringify(outcome))
  }

  test('the end of a refresh token is read by either name, and zero or no refresh token is no end', async () => {
    const with1 = { refresh_token: 'next' }
    const ends = async (answer: object) => (await tokensFor(answer)).refreshEndsAt
    assert.equal(await ends({ ...with1, refresh_token_expires_in: 3_600 }), NOW + 3_600_000)
    assert.equal(await ends({ ...with1, refresh_expires_in: '1800' }), NOW + 1_800_000)
    assert.equal(await ends({ ...with1, refresh_token_expires_in: 1e300 }), NOW + ANSWER_POLICY.maxLifetimeMs)
    for (const none of [{ ...with1, refresh_expires_in: 0 }, with1, { refresh_expires_in: 60 }]) {
      assert.equal(await ends(none), undefined)
    }
  })

  test('H6 every known answer is what it is designed to be, and only a proof of the end ends a grant', async () => {
    assert.ok(tokenAnswers.length >= 60, `only ${tokenAnswers.length} answers`)
    assert.equal(new Set(tokenAnswers.map(({ name }) => name)).size, tokenAnswers.length)
    const wrong: string[] = []
    let wrongSignOuts = 0
    for (const row of tokenAnswers) {
      const outcome = await refreshWith(row)
      const ends = verdictOf(outcome, 'work').kind === 'permanent'
      if (ends && !row.endsGrant) wrongSignOuts += 1
      if (!matches(outcome, row) || ends !== row.endsGrant)
        wrong.push(`${row.name}: ${JSON.stringify(outcome)}`)
    }
    const right = tokenAnswers.length - wrong.length
    figure('H6', {
      value: `${right} of ${tokenAnswers.length} as designed, ${wrongSignOuts} wrong sign-outs`,
      bar: '100 %, 0 wrong sign-outs',
      ok: wrong.length === 0 && wrongSignOuts === 0,
    })
    assert.deepEqual(wrong, [])
    assert.equal(wrongSignOuts, 0)
    assert.equal(server.count('/elsewhere'), 0)
    assert.equal(server.count('/token'), tokenAnswers.length)
  })

  test('no answer, however odd, puts its own text or our secrets into an outcome', async () => {
    const canary = 'canary-token-value'
    const leaky = {
      ...good,
      access_token: `${canary}\u0001`,
      refresh_token: canary,
      error_description: canary,
    }
    for (const reply of [
      json(leaky),
      { headers: { 'content-type': 'text/html' }, body: canary },
      json([canary]),
    ]) {
      const outcome = await refreshWith(reply)
      assert.doesNotMatch(JSON.stringify(outcome), /canary/)
    }
  })

  test('a description is one printable line of bounded length', async () => {
    const long = { error: 'invalid_grant', error_description: `a\r\n\u001b[31m${'b'.repeat(1_000)}` }
    const outcome = await refreshWith(json(long, 400))
    assert.ok(outcome.kind === 'oauthError')
    assert.match(outcome.description, /^[\x20-\x7e]+$/)
    assert.ok(outcome.description.length <= ANSWER_POLICY.maxDescription)
  })

  const challengeIn = async (claims: unknown, asked = challenged()) => {
    const outcome = await refreshWith(json({ error: 'invalid_grant', claims }, 400), asked)
    assert.ok(outcome.kind === 'oauthError' && outcome.error === 'invalid_grant', JSON.stringify(outcome))
    return outcome.claimsChallenge
  }
  const challenged = (): OAuthClient => ({ ...client, profile: { ...oidc, claimsChallenge: true } })

  test('what the next sign-in has to ask for is kept as it came, where the provider is known to say it', async () => {
    const claims = '{ "access_token": {"polids":{"values":["9ab03e19"], "essential":true}}}'
    assert.equal(await challengeIn(claims), claims)
    assert.equal(await challengeIn(claims, client), undefined)
    const longest = JSON.stringify({ a: 'b'.repeat(ANSWER_POLICY.maxClaimsChallenge - 8) })
    assert.equal(await challengeIn(longest), longest)
  })

  test('what is no JSON object, too long or repeats a secret is not asked for, and the error stays one', async () => {
    const long = JSON.stringify({ a: 'b'.repeat(ANSWER_POLICY.maxClaimsChallenge) })
    const others = ['', 'polids', '{', '[]', 'null', '"text"', 7, { access_token: {} }, null, long]
    for (const claims of [...others, '{"token":"spent-canary"}']) {
      assert.equal(await challengeIn(claims), undefined, JSON.stringify(claims))
    }
  })

  test('a lifetime counts from when the request was sent', async () => {
    const tokens = await tokensFor({ expires_in: 60 })
    assert.equal(tokens.issuedAt, NOW)
    assert.equal(tokens.expiresAt, NOW + 60_000)
  })

  test('a lifetime as text counts like a number', async () => {
    assert.equal((await tokensFor({ expires_in: '90' })).expiresAt, NOW + 90_000)
  })

  test('a lifetime of zero or less has run out', async () => {
    for (const expires_in of [0, -5, '-5']) assert.equal((await tokensFor({ expires_in })).expiresAt, NOW)
  })

  test('a lifetime beyond ten years is cut to ten years', async () => {
    assert.equal((await tokensFor({ expires_in: 1e18 })).expiresAt, NOW + ANSWER_POLICY.maxLifetimeMs)
  })

  test('without a readable lifetime the provider file decides', async () => {
    const expected = NOW + (oidc.defaultLifetimeMs ?? assert.fail())
    for (const expires_in of [undefined, null, 'soon', {}]) {
      assert.equal((await tokensFor({ expires_in })).expiresAt, expected)
    }
    const lasting = { ...client, profile: { ...oidc, defaultLifetimeMs: null } }
    assert.equal((await tokensFor({ expires_in: undefined }, lasting)).expiresAt, null)
  })

  test('no refresh token in the answer means: keep the old one', async () => {
    for (const refresh_token of [undefined, null, '']) {
      assert.equal((await tokensFor({ refresh_token })).refreshToken, undefined)
    }
    assert.equal((await tokensFor({ refresh_token: 'next' })).refreshToken?.reveal(), 'next')
  })

  test('scopes may be separated by spaces or commas; none named means what was asked', async () => {
    assert.deepEqual((await tokensFor({ scope: 'a b' })).scopes, ['a', 'b'])
    assert.deepEqual((await tokensFor({ scope: 'a,b, c' })).scopes, ['a', 'b', 'c'])
    assert.deepEqual((await tokensFor({ scope: '' })).scopes, [])
    assert.equal((await tokensFor({})).scopes, undefined)
  })

  test('a wait may be a date', async () => {
    const date = new Date(NOW + 90_000).toUTCString()
    const outcome = await refreshWith({ status: 503, headers: { 'retry-after': date } })
    assert.ok(outcome.kind === 'notOAuth')
    assert.equal(outcome.retryAfterMs, 90_000)
  })

  test('a refresh is never lost to an id token: it is not asked', async () => {
    const verified = plainServer(server.origin, { jwksUri: server.url('/jwks') })
    const asked = clientOf(verified, addRequest({ issuer: server.origin, scopes: ['openid'] }))
    const tokens = await tokensFor({ id_token: 'eyJhbGciOiJub25lIn0.e30.' }, asked)
    assert.equal(tokens.accessToken.reveal(), 'fresh')
    assert.equal(server.count('/jwks'), 0)
  })
})

function matches(outcome: RefreshOutcome, { expected }: TokenAnswerRow): boolean {
  if (outcome.kind !== expected.kind) return false
  if (outcome.kind === 'oauthError' && outcome.error !== expected.error) return false
  if (outcome.kind !== 'oauthError' && outcome.kind !== 'notOAuth') return true
  return outcome.retryAfterMs === expected.retryAfterMs
}
