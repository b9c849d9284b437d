import assert from 'node:assert/strict'
import { LeaseId } from '../../shared/contract/ids.js'
import { oauthErrorOutcome, tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { Secret } from '../../daemon/core/secret.js'
import { FRESHNESS } from '../../daemon/core/lifecycle/freshness.js'
import { BrokerOnFakes, me, READ, WORK } from '../fakes/brokerOnFakes.js'
import { refusedWith } from './refusedWith.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

suite('leasing', () => {
  test('a cached access token is answered at once and asks nobody', async () => {
    const house = await BrokerOnFakes.signedIn()
    const before = house.server.tokenRequests
    const lease = house.broker.lease(
      { connection: WORK, minValidityMs: 0, scopes: undefined, resource: undefined },
      me,
    )
    assert.ok(!(lease instanceof Promise))
    assert.equal(lease.generation, 1)
    assert.equal(house.server.tokenRequests, before)
  })

  test('1,000 callers on an expired access token share one exchange and get equal answers', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.clock.jump(2 * MINUTE)
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => house.lease()))
    assert.equal(house.server.on.refresh.count, 1)
    assert.equal(new Set(answers.map(({ accessToken }) => accessToken)).size, 1)
    assert.equal(new Set(answers.map(({ lease }) => lease)).size, 1_000)
    assert.equal(answers[0]?.generation, 2)
  })

  test('a caller that comes while the server is asked shares the answer', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.clock.jump(2 * MINUTE)
    const held = house.server.on.refresh.holds()
    const first = house.lease()
    await held.called
    const late = house.lease()
    await house.settle()
    held.answer(tokensOutcome({ accessToken: 'shared', refreshToken: 'next', expiresAt: null }))
    assert.deepEqual([(await first).accessToken, (await late).accessToken], ['shared', 'shared'])
    await house.settle()
    assert.equal(house.server.on.refresh.count, 1)
    assert.equal(house.server.on.revoke.count, 0)
  })

  test('an answer without a refresh token leaves the one there was in use', async () => {
    const house = await BrokerOnFakes.signedIn()
    const before = house.storedRefreshToken
    assert.ok(before)
    house.server.on.refresh.answers(tokensOutcome({ accessToken: 'new', issuedAt: house.clock.now() }))
    await house.broker.refresh(WORK, me)
    assert.equal(house.storedRefreshToken, before)
    house.restart()
    await house.settle()
    const held = house.server.on.refresh.holds()
    const asked = house.broker.refresh(WORK, me)
    const [, presented] = await held.called
    assert.equal(presented.reveal(), before)
    held.answer(tokensOutcome({ accessToken: 'newer', refreshToken: 'rotated', expiresAt: null }))
    assert.equal((await asked).generation, 3)
  })

  test('who wants more time does not end the token all others hold before its refresh is due', async () => {
    const house = await BrokerOnFakes.signedIn({ refreshEndsAccessToken: true })
    house.server.lifetimeMs = 3_600_000
    await house.broker.refresh(WORK, me)
    const { accessToken } = await house.lease(3_000_000)
    await house.clock.advance(3_600_000 - FRESHNESS.lateLeadMs - FRESHNESS.endMarginMs - 1)
    assert.equal((await house.lease(60_000)).accessToken, accessToken)
    assert.equal(house.server.on.refresh.count, 1)
    await house.clock.advance(1)
    assert.notEqual((await house.lease(60_000)).accessToken, accessToken)
    assert.equal(house.server.on.refresh.count, 2)
  })

  test('a min_validity above the lifetime gives the freshest token, once a minute, and no loop', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.lifetimeMs = HOUR
    const first = await house.lease(24 * HOUR)
    const second = await house.lease(24 * HOUR)
    assert.deepEqual([first.generation, second.generation], [2, 2])
    assert.equal(house.server.on.refresh.count, 1)
    await house.clock.advance(MINUTE)
    assert.equal((await house.lease(24 * HOUR)).generation, 3)
  })

  test('a rejected access token is never handed out again, and one refresh replaces it', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.lifetimeMs = HOUR
    const { lease, accessToken } = await house.lease()
    const held = house.server.on.refresh.holds()
    await house.broker.reject(WORK, lease, me)
    const next = house.lease()
    const [client, token] = await held.called
    assert.equal(client.definition.name, WORK)
    held.answer(
      tokensOutcome({
        accessToken: 'new',
        refreshToken: `${token.reveal()}-next`,
        issuedAt: house.clock.now(),
        expiresAt: null,
      }),
    )
    assert.equal((await next).accessToken, 'new')
    assert.notEqual(accessToken, 'new')
    assert.deepEqual(await house.broker.reject(WORK, lease, me), {
      connection: WORK,
      generation: 2,
      replaced: true,
    })
    assert.equal(house.server.on.refresh.count, 1)
  })

  test('rejects refresh once a minute; until then callers are told when to come back', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.lifetimeMs = HOUR
    await house.broker.reject(WORK, (await house.lease()).lease, me)
    await house.broker.reject(WORK, (await house.lease()).lease, me)
    const refusal = await refusedWith('retry_later', house.lease())
    assert.equal(refusal.retryAt, house.clock.now() + MINUTE)
    assert.equal(house.server.on.refresh.count, 1)
    await house.clock.advance(MINUTE)
    assert.equal((await house.lease()).generation, 3)
  })

  test('an expired access token is refreshed at once, however lately a reject caused a refresh', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.lifetimeMs = 10_000
    await house.broker.reject(WORK, (await house.lease()).lease, me)
    assert.equal((await house.lease()).generation, 2)
    house.clock.jump(11_000)
    assert.equal((await house.lease()).generation, 3)
  })

  test('whoever has only the access token itself may say that it failed, while it is the one in use', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.lifetimeMs = HOUR
    const { accessToken } = await house.lease()
    await refusedWith('unknown_lease', house.broker.rejectToken(WORK, new Secret('made up'), me))
    await house.broker.rejectToken(WORK, new Secret(accessToken), me)
    const { generation } = await house.lease()
    assert.equal(generation, 2)
    await refusedWith('unknown_lease', house.broker.rejectToken(WORK, new Secret(accessToken), me))
    assert.equal(house.server.on.refresh.count, 1)
  })

  test('an unknown lease, or one of another user, is no reason to refresh', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { lease } = await house.lease()
    await refusedWith('unknown_lease', house.broker.reject(WORK, LeaseId.parse('made-up-lease'), me))
    await refusedWith('unknown_lease', house.broker.reject(WORK, lease, { ...me, uid: 7 }))
    assert.equal(house.server.on.refresh.count, 0)
  })

  test('asking for a resource or for scopes that were not granted is refused before anything is refreshed', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.clock.jump(2 * MINUTE)
    await refusedWith('bad_request', house.lease(0, { resource: 'https://api.test' }))
    await refusedWith('consent_required', house.lease(0, { scopes: ['write'] }))
    await house.settle()
    assert.equal(house.server.on.refresh.count, 0)
    assert.equal((await house.lease(0, { scopes: [READ] })).generation, 2)
  })

  test('an unknown connection is refused with the name that was meant', async () => {
    const house = await BrokerOnFakes.signedIn()
    const request = { connection: 'wrok', minValidityMs: 0, scopes: undefined, resource: undefined }
    assert.throws(() => house.broker.lease(request, me), /did you mean work\?/)
  })

  test('a server that gives out expired access tokens is not asked in a loop', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.lifetimeMs = 0
    house.clock.jump(2 * MINUTE)
    await refusedWith('retry_later', house.lease())
    const asked = house.server.on.refresh.count
    await house.clock.advance(5_000)
    assert.ok(house.server.on.refresh.count - asked <= 5)
  })

  test('a grant without a refresh token serves until it expires, and then needs a person', async () => {
    const house = new BrokerOnFakes()
    house.server.givesRefreshTokens = false
    await house.add()
    await house.signIn()
    const { lease } = await house.lease(10 * MINUTE)
    await refusedWith('consent_required', house.broker.refresh(WORK, me))
    await house.clock.advance(MINUTE + 30_000)
    assert.equal(house.state, 'consentRequired')
    await refusedWith('consent_required', house.lease())
    assert.equal((await house.broker.reject(WORK, lease, me)).replaced, false)
    assert.equal(house.server.on.refresh.count, 0)
  })

  test('after a permanent error the access token serves until its end or a reject', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.on.refresh.answers(oauthErrorOutcome('invalid_grant'))
    await refusedWith('consent_required', house.broker.refresh(WORK, me))
    assert.equal(house.state, 'consentRequired')
    assert.match(house.status().reason, /works until 2030-01-01T00:01:00/)
    const { lease } = await house.lease()
    await house.broker.reject(WORK, lease, me)
    await refusedWith('consent_required', house.lease())
    await house.clock.advance(HOUR)
    assert.equal(house.server.on.refresh.count, 1)
  })
})
