import assert from 'node:assert/strict'
import type { Lease } from '../../shared/contract/lease.js'
import type { Scope } from '../../shared/contract/ids.js'
import { Secret } from '../../daemon/core/secret.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { oauthErrorOutcome, tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { refusedWith } from './refusedWith.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const SCOPES = ['openid', 'read', 'write']
const FEWER = { downScope: { kind: 'refresh' } } as const
const RESOURCES = {
  downScope: { kind: 'resources', whole: '/.default' },
  refreshToken: { kind: 'reusable' },
} as const

const BY_OWN = {
  downScope: { kind: 'api', call: { path: '/less', question: () => ({}), example: 'read' } },
  refreshEndsAccessToken: true,
} as const

/** Signed in with access tokens of an hour. */
async function signedIn(more: Partial<ProviderProfile> = FEWER): Promise<BrokerOnFakes> {
  const house = new BrokerOnFakes(more)
  house.server.lifetimeMs = HOUR
  await house.add({ scopes: SCOPES })
  await house.signIn()
  return house
}

const read = (house: BrokerOnFakes, minValidityMs = 0): Promise<Lease> =>
  house.lease(minValidityMs, { scopes: ['read'] })

/** What each refresh so far named. */
const named = (house: BrokerOnFakes): (readonly Scope[] | undefined)[] =>
  house.server.on.refresh.calls.map(([, , scopes]) => scopes)

suite('access tokens beside the own', () => {
  test('fewer scopes give an access token of their own, and the own one stays', async () => {
    const house = await signedIn()
    const own = await house.lease()
    const beside = await read(house)
    assert.deepEqual(beside.scopes, ['read'])
    assert.notEqual(beside.accessToken, own.accessToken)
    assert.equal((await house.lease()).accessToken, own.accessToken)
    assert.equal((await read(house)).accessToken, beside.accessToken)
    assert.deepEqual(named(house), [['read']])
    assert.equal(beside.account?.id, 'ada')
  })

  test('the refresh token that came with it is on the disk before it is shown, and the next refresh uses it', async () => {
    const house = await signedIn()
    const before = house.storedRefreshToken
    house.disk.beforeCommit = ({ record }) => {
      if (record.grant?.generation === 2) house.disk.full = true
      return Promise.resolve()
    }
    await refusedWith('store_unwritable', read(house))
    assert.equal(house.state, 'unsaved')
    assert.equal(house.storedRefreshToken, before)
    house.disk.beforeCommit = () => Promise.resolve()
    house.disk.full = false
    await house.clock.advance(10_000)
    assert.equal(house.state, 'active')
    assert.notEqual(house.storedRefreshToken, before)
    assert.equal((await read(house)).scopes.join(), 'read')
    assert.equal(house.server.on.refresh.count, 1)
    await house.broker.refresh(WORK, me)
    assert.equal(house.status().generation, 3)
  })

  test('1,000 callers with the same wish, in any order of its scopes, share one exchange', async () => {
    const house = await signedIn()
    const leases = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        house.lease(0, { scopes: index % 2 === 0 ? ['read', 'openid'] : ['openid', 'read'] }),
      ),
    )
    assert.equal(house.server.on.refresh.count, 1)
    assert.equal(new Set(leases.map(({ accessToken }) => accessToken)).size, 1)
  })

  test('different wishes have one exchange after the other, and no refresh token is used twice', async () => {
    const house = await signedIn()
    const leases = await Promise.all(SCOPES.map((scope) => house.lease(0, { scopes: [scope] })))
    assert.deepEqual(
      leases.map(({ scopes }) => scopes),
      SCOPES.map((scope) => [scope]),
    )
    const presented = house.server.on.refresh.calls.map(([, token]) => token.reveal())
    assert.equal(new Set(presented).size, SCOPES.length)
    assert.equal(house.state, 'active')
  })

  test('who waits for the own access token while another is got beside gets the own, in its own exchange', async () => {
    const house = await signedIn()
    const held = house.server.on.refresh.holds()
    const beside = read(house)
    await held.called
    house.clock.jump(2 * HOUR)
    const own = house.lease()
    const asked = house.broker.refresh(WORK, me)
    await house.settle()
    assert.equal(house.state, 'active')
    held.answer(
      tokensOutcome({
        accessToken: 'beside',
        refreshToken: await rotated(house),
        issuedAt: house.clock.now(),
        expiresAt: house.clock.now() + HOUR,
        scopes: ['read'],
      }),
    )
    assert.equal((await beside).accessToken, 'beside')
    assert.notEqual((await own).accessToken, 'beside')
    assert.equal((await asked).generation, 3)
    assert.deepEqual(named(house).slice(-1), [undefined])
  })

  test('the record has a line for the exchange before one for the lease, and none of them for who asked nothing', async () => {
    const house = await signedIn()
    const before = house.audit.lines().length
    await read(house)
    assert.deepEqual(house.audit.lines().slice(before), ['refresh ok', 'lease ok'])
  })

  test('a refusal says nothing about the grant: it stays, and the wish is not asked again for a minute', async () => {
    for (const [error, code] of [
      ['invalid_grant', 'consent_required'],
      ['consent_required', 'consent_required'],
      ['invalid_scope', 'misconfigured'],
      ['invalid_client', 'misconfigured'],
    ] as const) {
      const house = await signedIn()
      const own = await house.lease()
      house.server.on.refresh.answers(oauthErrorOutcome(error))
      await refusedWith(code, read(house))
      await refusedWith(code, read(house))
      assert.equal(house.server.on.refresh.count, 1)
      assert.equal(house.state, 'active')
      assert.equal((await house.lease()).accessToken, own.accessToken)
      assert.equal(house.record.intent, null)
      await house.clock.advance(MINUTE)
      assert.deepEqual((await read(house)).scopes, ['read'])
    }
  })

  test('trouble that passes is told with its time, backs off by itself, and is forgiven when a person refreshes', async () => {
    const house = await signedIn()
    house.server.on.refresh.answers(oauthErrorOutcome('slow_down', 429, 30_000))
    const refusal = await refusedWith('retry_later', read(house))
    assert.equal(refusal.retryAt, house.clock.now() + 30_000)
    await refusedWith('retry_later', read(house))
    assert.equal(house.server.on.refresh.count, 1)
    assert.equal(house.state, 'active')
    await house.broker.refresh(WORK, me)
    assert.deepEqual((await read(house)).scopes, ['read'])
  })

  test('a server that cannot be reached leaves the connection as it was', async () => {
    const house = await signedIn()
    house.server.on.refresh.answers({ kind: 'unreachable', reason: 'no route' })
    await refusedWith('provider_unreachable', read(house))
    assert.equal(house.state, 'active')
    assert.equal((await house.lease()).generation, 1)
  })

  test('an answer that was lost is doubted where the refresh token may be spent, and nowhere else', async () => {
    for (const [more, state] of [
      [FEWER, 'inDoubt'],
      [RESOURCES, 'active'],
    ] as const) {
      const house = await signedIn(more)
      house.server.on.refresh.answers({ kind: 'unanswered', reason: 'cut' })
      await refusedWith('retry_later', house.lease(0, { scopes: [more === FEWER ? 'read' : 'other/read'] }))
      assert.equal(house.state, state)
      assert.equal((await house.lease()).generation, 1)
    }
  })

  test('a crash during its exchange is found at the next start, as that of any refresh', async () => {
    const house = await signedIn()
    const held = house.server.on.refresh.holds()
    const lost = read(house)
    lost.catch(() => undefined)
    await held.called
    house.restart()
    await house.settle()
    assert.equal(house.state, 'inDoubt')
    assert.equal((await house.lease()).generation, 1)
  })

  test('a full disk costs no token request', async () => {
    const house = await signedIn()
    house.disk.full = true
    await refusedWith('store_unwritable', read(house))
    assert.equal(house.server.on.refresh.count, 0)
    house.disk.full = false
    await house.clock.advance(10_000)
    assert.deepEqual((await read(house)).scopes, ['read'])
  })

  test('a rejected one is replaced, once a minute, and the own is not touched', async () => {
    const house = await signedIn()
    const own = await house.lease()
    const first = await read(house)
    await house.broker.reject(WORK, first.lease, me)
    const second = await read(house)
    assert.notEqual(second.accessToken, first.accessToken)
    assert.equal((await house.broker.reject(WORK, first.lease, me)).replaced, true)
    assert.equal((await house.broker.reject(WORK, second.lease, me)).replaced, false)
    await refusedWith('retry_later', read(house))
    await house.clock.advance(MINUTE)
    assert.notEqual((await read(house)).accessToken, second.accessToken)
    assert.equal((await house.lease()).accessToken, own.accessToken)
    assert.equal(house.server.on.refresh.count, 3)
  })

  test('whoever has only the access token itself may say that it failed', async () => {
    const house = await signedIn()
    const { accessToken } = await read(house)
    await house.broker.rejectToken(WORK, new Secret(accessToken), me)
    assert.notEqual((await read(house)).accessToken, accessToken)
  })

  test('the own access token, leased before, is still the one a reject means', async () => {
    const house = await signedIn()
    const own = await house.lease()
    await read(house)
    assert.equal((await house.broker.reject(WORK, own.lease, me)).replaced, false)
    assert.notEqual((await house.lease()).accessToken, own.accessToken)
  })

  test('a reject of the own during the exchange is not forgotten by it', async () => {
    const house = await signedIn()
    const own = await house.lease()
    const held = house.server.on.refresh.holds()
    const beside = read(house)
    await held.called
    await house.broker.reject(WORK, own.lease, me)
    held.answer(
      tokensOutcome({ refreshToken: await rotated(house), issuedAt: house.clock.now(), scopes: ['read'] }),
    )
    await beside
    assert.notEqual((await house.lease()).accessToken, own.accessToken)
    house.restart()
    await house.settle()
    assert.notEqual((await house.lease()).accessToken, own.accessToken)
  })

  test('each has its own end; near it the one there is serves while another is got behind', async () => {
    const house = await signedIn()
    const first = await read(house)
    await house.clock.advance(51 * MINUTE)
    const before = house.server.on.refresh.count
    assert.equal((await read(house)).accessToken, first.accessToken)
    await house.settle()
    assert.equal(house.server.on.refresh.count, before + 1)
    const second = await read(house)
    assert.notEqual(second.accessToken, first.accessToken)
    house.clock.jump(2 * HOUR)
    assert.notEqual((await read(house)).accessToken, second.accessToken)
  })

  test('a min_validity above its life gives the freshest, once a minute', async () => {
    const house = await signedIn()
    await read(house)
    const fresher = await read(house, 24 * HOUR)
    assert.equal((await read(house, 24 * HOUR)).accessToken, fresher.accessToken)
    assert.equal(house.server.on.refresh.count, 2)
    await house.clock.advance(MINUTE)
    assert.notEqual((await read(house, 24 * HOUR)).accessToken, fresher.accessToken)
  })

  test('one that is still valid serves also when the grant is over, and when its renewal fails', async () => {
    const house = await signedIn()
    const beside = await read(house)
    house.server.on.refresh.answers(oauthErrorOutcome('invalid_grant'))
    await refusedWith('consent_required', house.broker.refresh(WORK, me))
    assert.equal((await read(house)).accessToken, beside.accessToken)
    house.clock.jump(2 * HOUR)
    await refusedWith('consent_required', read(house))
  })

  test('a server that gives more than was named is not believed, and its token handed to nobody', async () => {
    const house = await signedIn()
    house.server.on.refresh.does((client, token) =>
      house.server
        .refresh(client, token, undefined)
        .then((outcome) =>
          outcome.kind === 'tokens' ? { ...outcome, tokens: { ...outcome.tokens, scopes: SCOPES } } : outcome,
        ),
    )
    const refusal = await refusedWith('misconfigured', read(house))
    assert.match(refusal.message, /more than was asked for: openid write/)
    assert.equal(house.state, 'active')
    await house.broker.refresh(WORK, me)
  })

  test('signing out ends them at the provider too', async () => {
    const house = await signedIn()
    const beside = await read(house)
    const own = await house.lease()
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    const revoked = house.server.on.revoke.calls.map(([, token]) => token.reveal())
    assert.ok(revoked.includes(beside.accessToken) && revoked.includes(own.accessToken))
    await refusedWith('consent_required', read(house))
  })

  test('tokens that come after a sign-out are ended and shown to nobody', async () => {
    const house = await signedIn()
    const held = house.server.on.refresh.holds()
    const late = read(house)
    await held.called
    const signedOut = house.broker.signOut(WORK, { forget: false, verify: false }, me)
    await refusedWith('consent_required', late)
    held.answer(tokensOutcome({ accessToken: 'late', refreshToken: 'late-too', scopes: ['read'] }))
    await signedOut
    await house.broker.idle()
    await house.settle()
    const revoked = house.server.on.revoke.calls.map(([, token]) => token.reveal())
    assert.ok(revoked.includes('late') && revoked.includes('late-too'), revoked.join())
  })

  test('another sign-in takes the place of all of them', async () => {
    const house = await signedIn()
    const before = await read(house)
    await house.signIn()
    assert.notEqual((await read(house)).accessToken, before.accessToken)
  })

  test('a restart asks for nothing; the next caller does', async () => {
    const house = await signedIn()
    await read(house)
    house.restart()
    await house.settle()
    const before = house.server.on.refresh.count
    await house.lease()
    assert.equal(house.server.on.refresh.count, before)
    await read(house)
    assert.equal(house.server.on.refresh.count, before + 1)
  })

  test('a grant without a refresh token gives nothing beside', async () => {
    const house = new BrokerOnFakes(FEWER)
    house.server.givesRefreshTokens = false
    await house.add({ scopes: SCOPES })
    await house.signIn()
    const refusal = await refusedWith('consent_required', read(house))
    assert.match(refusal.message, /no refresh token/)
    assert.equal(house.state, 'active')
  })

  test('a client that acts for itself names the scopes it wants', async () => {
    const house = new BrokerOnFakes(FEWER)
    await house.add({ scopes: SCOPES, flow: 'client-credentials', clientSecret: 'hush' })
    await house.begin()
    assert.deepEqual((await read(house)).scopes, ['read'])
    assert.deepEqual(house.server.on.clientCredentials.calls.at(-1)?.[1], ['read'])
    assert.equal(house.server.on.refresh.count, 0)
  })

  test('where refresh tokens are for several resources, each refresh names the one', async () => {
    const house = await signedIn(RESOURCES)
    const own = await house.lease()
    const other = await house.lease(0, { resource: 'https://api.test' })
    assert.deepEqual(other.scopes, ['https://api.test/.default'])
    await house.broker.refresh(WORK, me)
    assert.deepEqual(named(house), [['https://api.test/.default'], SCOPES])
    assert.notEqual((await house.lease()).accessToken, own.accessToken)
    const still = await house.lease(0, { scopes: ['https://api.test/.default'] })
    assert.equal(still.accessToken, other.accessToken)
  })

  test('a simulated trouble is met by who names scopes too, and asks the provider nothing', async () => {
    const house = await signedIn()
    const before = await read(house)
    const simulate = (kind: 'revoke' | 'offline'): unknown =>
      house.broker.simulate({ action: 'start', connection: WORK, kind, seconds: 60, really: false }, me)
    await simulate('revoke')
    await refusedWith('consent_required', read(house))
    await simulate('offline')
    assert.equal((await read(house)).accessToken, before.accessToken)
    await refusedWith('provider_unreachable', house.lease(0, { scopes: ['write'] }))
    assert.equal(house.server.on.refresh.count, 1)
    await house.broker.simulate({ action: 'stop', connection: WORK }, me)
    assert.deepEqual((await house.lease(0, { scopes: ['write'] })).scopes, ['write'])
  })

  test('asked for by the own access token, one spends no refresh token and leaves nothing to doubt', async () => {
    const house = await signedIn(BY_OWN)
    const own = await house.lease()
    const refreshToken = house.storedRefreshToken
    const held = house.server.on.narrow.holds()
    const less = read(house)
    const [, token] = await held.called
    assert.equal(token.reveal(), own.accessToken)
    assert.equal(house.disk.connections.get(WORK)?.record.intent, null)
    const issuedAt = house.clock.now()
    held.answer(tokensOutcome({ accessToken: 'less', issuedAt, expiresAt: issuedAt + 9 * HOUR }))
    const lease = await less
    assert.deepEqual([lease.accessToken, lease.scopes, lease.expiresAt], ['less', ['read'], own.expiresAt])
    assert.equal(house.storedRefreshToken, refreshToken)
    assert.equal(house.server.on.refresh.count, 0)
    assert.equal((await house.lease()).accessToken, own.accessToken)
    // It would be due by its own end, but the next would end no later.
    house.clock.jump(55 * MINUTE)
    assert.equal((await read(house)).accessToken, 'less')
    await house.settle()
    assert.equal(house.server.on.narrow.count, 1)
  })

  test('asked for by the own access token, one is over when the own is renewed, and waits for that', async () => {
    const house = await signedIn(BY_OWN)
    const first = await read(house)
    await house.broker.refresh(WORK, me)
    const second = await read(house)
    assert.notEqual(second.accessToken, first.accessToken)
    house.clock.jump(2 * HOUR)
    const third = await read(house)
    assert.notEqual(third.accessToken, second.accessToken)
    assert.equal(house.server.on.refresh.count, 2)
    assert.equal(house.server.on.narrow.calls.at(-1)?.[1].reveal(), (await house.lease()).accessToken)
  })

  test('asked for by the own access token, one whose answer is lost is asked for again, and the grant is well', async () => {
    const house = await signedIn(BY_OWN)
    house.server.on.narrow.answers({ kind: 'unanswered', reason: 'no answer' })
    await refusedWith('retry_later', read(house))
    assert.equal(house.state, 'active')
    await house.clock.advance(MINUTE)
    assert.deepEqual((await read(house)).scopes, ['read'])
  })

  test('what callers name is remembered within bounds', async () => {
    const house = await signedIn(RESOURCES)
    for (let index = 0; index < 70; index++) await house.lease(0, { scopes: [`https://r${index}.test/x`] })
    const before = house.server.on.refresh.count
    await house.lease(0, { scopes: ['https://r69.test/x'] })
    assert.equal(house.server.on.refresh.count, before)
    await house.lease(0, { scopes: ['https://r0.test/x'] })
    assert.equal(house.server.on.refresh.count, before + 1)
  })
})

/** A refresh token the server takes next, got as its own behaviour would give it. */
async function rotated(house: BrokerOnFakes): Promise<string> {
  const [client, token] = house.server.on.refresh.calls.at(-1) ?? assert.fail()
  const calls = house.server.on.refresh.calls.length
  const outcome = await house.server.refresh(client, token, undefined)
  house.server.on.refresh.calls.splice(calls)
  return outcome.kind === 'tokens' ? (outcome.tokens.refreshToken?.reveal() ?? '') : assert.fail()
}
