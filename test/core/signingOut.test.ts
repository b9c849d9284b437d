import assert from 'node:assert/strict'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { refusedWith } from './refusedWith.js'

/** The tokens ended at the provider so far. */
const revoked = (house: BrokerOnFakes): string[] =>
  house.server.on.revoke.calls.map(([, token, hint]) => `${hint} ${token.reveal()}`)

suite('signing out', () => {
  test('the grant goes here and at the provider, and the connection stays', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { accessToken } = await house.lease()
    const refreshToken = house.storedRefreshToken ?? assert.fail()
    const answer = await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    assert.deepEqual(answer, { connection: WORK, revoked: true, left: '' })
    assert.deepEqual(revoked(house), [`refresh_token ${refreshToken}`, `access_token ${accessToken}`])
    assert.equal(house.state, 'signedOut')
    await refusedWith('consent_required', house.lease())
    await refusedWith('consent_required', house.broker.refresh(WORK, me))
    assert.equal(house.record.grant, null)
    assert.deepEqual(house.disk.connections.get(WORK)?.secrets, {})
  })

  const verifying = { forget: false, verify: true }

  test('asked to verify, it asks the provider with the access token that is no longer kept', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { accessToken } = await house.lease()
    house.server.on.probe.answers('refused')
    const answer = await house.broker.signOut(WORK, verifying, me)
    assert.deepEqual(answer, { connection: WORK, revoked: true, left: '', probe: 'refused' })
    assert.deepEqual(
      house.server.on.probe.calls.map(([, token]) => token.reveal()),
      [accessToken],
    )
  })

  test('a provider that says "revoked" and takes the token all the same is not believed', async () => {
    const house = await BrokerOnFakes.signedIn({ grantsPage: '{issuer}/settings/applications' })
    house.server.on.probe.answers('taken')
    const { left } = await house.broker.signOut(WORK, verifying, me)
    assert.equal(
      left,
      'the provider still takes the access token; end it by hand: https://server.test/settings/applications',
    )
    assert.ok(house.audit.lines().includes('signOut not_revoked'))
  })

  test('a probe that breaks down leaves it unknown, and the sign-out done', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.on.probe.does(() => Promise.reject(new Error('no network')))
    const { left, probe } = await house.broker.signOut(WORK, verifying, me)
    assert.deepEqual([left, probe, house.state], ['', 'unknown', 'signedOut'])
  })

  test('a refresh under way does not bring the grant back, and what it brings is revoked', async () => {
    const house = await BrokerOnFakes.signedIn()
    const held = house.server.on.refresh.holds()
    const asked = refusedWith('consent_required', house.broker.refresh(WORK, me))
    await held.called
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    await asked
    held.answer(tokensOutcome({ accessToken: 'late-access', refreshToken: 'late-refresh' }))
    await house.settle()
    assert.equal(house.state, 'signedOut')
    assert.equal(house.record.grant, null)
    assert.deepEqual(revoked(house).slice(-2), ['refresh_token late-refresh', 'access_token late-access'])
    house.restart()
    await house.settle()
    assert.equal(house.state, 'signedOut')
  })

  test('tokens that wait for a full disk are revoked too', async () => {
    const house = await BrokerOnFakes.signedIn()
    const held = house.server.on.refresh.holds()
    const asked = house.broker.refresh(WORK, me)
    await held.called
    house.disk.full = true
    held.answer(tokensOutcome({ accessToken: 'unsaved-access', refreshToken: 'unsaved-refresh' }))
    await refusedWith('store_unwritable', asked)
    house.disk.full = false
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    const ended = revoked(house)
    assert.ok(ended.includes('refresh_token unsaved-refresh'), ended.join())
    assert.ok(ended.includes('access_token unsaved-access'), ended.join())
    await house.clock.advance(60_000)
    assert.equal(house.record.grant, null)
  })

  test('when the tombstone cannot be written nothing changes and nothing is revoked', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { accessToken } = await house.lease()
    house.disk.full = true
    await refusedWith('store_unwritable', house.broker.signOut(WORK, { forget: true, verify: false }, me))
    assert.equal(house.state, 'active')
    assert.equal((await house.lease()).accessToken, accessToken)
    assert.deepEqual(revoked(house), [])
    house.disk.full = false
    await house.broker.refresh(WORK, me)
    assert.equal(house.status().generation, 2)
  })

  test('a tombstone that fails during a refresh leaves the refresh to come to its end', async () => {
    const house = await BrokerOnFakes.signedIn()
    const held = house.server.on.refresh.holds()
    const asked = house.broker.refresh(WORK, me)
    await held.called
    house.disk.full = true
    await refusedWith('store_unwritable', house.broker.signOut(WORK, { forget: false, verify: false }, me))
    house.disk.full = false
    held.answer(tokensOutcome({ accessToken: 'kept', refreshToken: 'next', expiresAt: null }))
    assert.equal((await asked).generation, 2)
    assert.equal((await house.lease()).accessToken, 'kept')
    assert.deepEqual(revoked(house), [])
  })

  test('an answer that comes while the tombstone is written is not saved after it, but revoked', async () => {
    const house = await BrokerOnFakes.signedIn()
    const held = house.server.on.refresh.holds()
    const asked = refusedWith('consent_required', house.broker.refresh(WORK, me))
    await held.called
    let release: () => void = () => undefined
    const tombstone = new Promise<void>((resolve) => (release = resolve))
    house.disk.beforeCommit = () => tombstone
    const signedOut = house.broker.signOut(WORK, { forget: false, verify: false }, me)
    await house.settle()
    held.answer(tokensOutcome({ accessToken: 'late-access', refreshToken: 'late-refresh' }))
    await house.settle()
    release()
    await Promise.all([signedOut, asked])
    await house.settle()
    assert.equal(house.record.grant, null)
    assert.ok(revoked(house).includes('refresh_token late-refresh'))
    assert.equal(house.state, 'signedOut')
  })

  test('what could not be revoked is said, with where to do it by hand', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.on.revoke.answers({ kind: 'unsupported' }, { kind: 'failed', reason: 'no route' })
    const answer = await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    assert.equal(answer.revoked, false)
    assert.match(
      answer.left,
      /no way to revoke the refresh token.*access token.*no route.*https:\/\/server\.test/,
    )
    assert.equal(house.audit.lines().at(-1), 'signOut not_revoked')
  })

  test('a revocation that breaks down is said and recorded; the sign-out stands', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.on.revoke.does(() => {
      throw new Error('a defect')
    })
    const answer = await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    assert.match(answer.left, /internal error/)
    assert.equal(house.state, 'signedOut')
    assert.equal(house.audit.lines().at(-1), 'signOut not_revoked')
  })

  test('a sign-in under way ends with it, and its late answer changes nothing', async () => {
    const house = await BrokerOnFakes.signedIn()
    const request = await house.beginCode()
    const held = house.server.on.redeemCode.holds()
    const page = house.redirect.come(house.server.approve(request))
    await held.called
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    held.answer(tokensOutcome({ accessToken: 'late', refreshToken: 'late-refresh' }))
    assert.equal((await page).kind, 'failed')
    await house.settle()
    assert.equal(house.state, 'signedOut')
    assert.ok(revoked(house).includes('refresh_token late-refresh'))
    assert.equal(house.redirect.listening, 0)
  })

  test('signing in again after it makes a grant with a newer generation', async () => {
    const house = await BrokerOnFakes.signedIn()
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    const tombstone = house.record.generation
    await house.signIn()
    assert.ok(house.status().generation > tombstone)
  })

  test('another account may sign in after it', async () => {
    const house = await BrokerOnFakes.signedIn()
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    house.server.account = { id: 'bob', label: 'bob@example.test' }
    assert.equal((await house.signIn()).kind, 'signedIn')
  })

  test('forgotten means gone: the name is free, and nothing late writes it back', async () => {
    const house = await BrokerOnFakes.signedIn()
    const held = house.server.on.refresh.holds()
    house.broker.refresh(WORK, me).catch(() => undefined)
    await held.called
    await house.broker.signOut(WORK, { forget: true, verify: false }, me)
    held.answer(tokensOutcome({ refreshToken: 'late' }))
    await house.settle()
    assert.equal(house.disk.connections.size, 0)
    assert.deepEqual(house.broker.connections(), [])
    assert.ok(house.events.some((event) => event.type === 'connectionRemoved'))
    await house.add()
    assert.equal(house.state, 'signedOut')
  })

  test('forgetting ends a sign-in that has only just begun', async () => {
    const house = await BrokerOnFakes.signedIn()
    const held = house.server.on.beginCode.holds()
    const begun = refusedWith('no_consent_running', house.begin())
    const [, redirectUri] = await held.called
    await house.broker.signOut(WORK, { forget: true, verify: false }, me)
    held.answer({ ...(await requestOf(house)), redirectUri })
    await begun
    assert.equal(house.redirect.listening, 0)
    assert.equal(house.disk.connections.size, 0)
  })
})

/** Some authorization request. */
async function requestOf(house: BrokerOnFakes) {
  const [client] = house.server.on.beginCode.calls[0] ?? assert.fail()
  return house.server.beginCode(client, 'http://127.0.0.1/callback')
}
