/** A simulated trouble as people and scripts meet it, and that nothing is left of it. */
import assert from 'node:assert/strict'
import type { SimulationKind } from '../../shared/contract/simulation.js'
import { Scope } from '../../shared/contract/ids.js'
import { SLOW_MS } from '../../daemon/core/connection/simulate.js'
import { Refusal } from '../../shared/contract/errors.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { refusedWith } from './refusedWith.js'

const FOR_S = 300

suite('a simulation', () => {
  let house: BrokerOnFakes

  setup(async () => {
    house = await BrokerOnFakes.signedIn()
    // Nothing falls due by itself while the longest of these lasts.
    house.server.lifetimeMs = 3_600_000
    await house.broker.refresh(WORK, me)
  })
  teardown(() => assert.deepEqual(house.errors, []))

  const simulate = (kind: SimulationKind, more: { seconds?: number; really?: boolean } = {}) =>
    house.broker.simulate(
      { action: 'start', connection: WORK, kind, seconds: FOR_S, really: false, ...more },
      me,
    )
  const stop = () => house.broker.simulate({ action: 'stop', connection: WORK }, me)
  const refresh = () => house.broker.refresh(WORK, me)
  const sent = (): number => house.server.tokenRequests + house.server.on.revoke.count

  /** What a user meets: the state shown, what a lease and a refresh end with. */
  async function met(): Promise<readonly [string, string, string]> {
    const code = (asking: Promise<unknown>): Promise<string> =>
      asking.then(
        () => 'ok',
        (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
      )
    const waited = Promise.all([code(house.lease()), code(refresh())])
    await house.clock.advance(SLOW_MS)
    const [lease, renewed] = await waited
    return [house.state, lease, renewed]
  }

  const kinds: readonly (readonly [SimulationKind, readonly [string, string, string], RegExp])[] = [
    ['expire', ['consentRequired', 'consent_required', 'consent_required'], /expired.*\(simulated\)$/],
    ['revoke', ['consentRequired', 'consent_required', 'consent_required'], /was revoked.*\(simulated\)$/],
    ['rate-limit', ['retrying', 'ok', 'retry_later'], /too many requests \(simulated\); works until/],
    ['offline', ['retrying', 'ok', 'provider_unreachable'], /no way to the provider \(simulated\)/],
    ['slow', ['retrying', 'ok', 'retry_later'], /no answer within 10 s \(simulated\)/],
    ['clock-skew', ['blocked', 'ok', 'misconfigured'], /10 min away .* \(simulated\)/],
    ['scope-loss', ['active', 'ok', 'retry_later'], /^$/],
  ]
  for (const [kind, expected, reason] of kinds) {
    test(`${kind}: is shown and met, asks the provider nothing, changes nothing on disk, and ends by itself`, async () => {
      const { accessToken } = await house.lease()
      const [before, asked] = [house.disk.connections.get(WORK), sent()]
      const status = await simulate(kind)
      assert.equal(status.simulation?.kind, kind)
      assert.match(status.reason, reason)
      assert.deepEqual(await met(), expected)
      await house.clock.advance(FOR_S * 1_000 - SLOW_MS - 1)
      assert.equal(house.status().simulation?.kind, kind)
      assert.deepEqual(house.disk.connections.get(WORK), before)
      assert.equal(sent(), asked, 'the provider was asked something')
      await house.clock.advance(1)
      assert.equal(house.status().simulation, undefined)
      assert.equal(house.state, 'active')
      assert.equal((await house.lease()).accessToken, accessToken)
      assert.deepEqual(
        house.audit.lines().filter((line) => line.startsWith('simulate')),
        [`simulate ${kind}`, 'simulate ended'],
      )
    })
  }

  test('who listens is told when it begins and when it is over', async () => {
    house.events.length = 0
    await simulate('revoke')
    await house.clock.advance(FOR_S * 1_000)
    const told = house.events.flatMap((event) =>
      event.type === 'connection' ? [[event.connection.state, event.connection.simulation?.kind]] : [],
    )
    assert.deepEqual(told, [
      ['consentRequired', 'revoke'],
      ['active', undefined],
    ])
  })

  test('stop ends it at once, and says by whom', async () => {
    await simulate('revoke')
    assert.equal((await stop()).state, 'active')
    assert.ok((await house.lease()).accessToken)
    const ended = house.audit.entries.find(({ outcome }) => outcome === 'ended')
    assert.equal(ended?.caller?.pid, me.pid)
    await stop()
    assert.equal(house.audit.entries.filter(({ outcome }) => outcome === 'ended').length, 1)
  })

  test('another takes its place', async () => {
    await simulate('revoke')
    await simulate('offline')
    assert.equal(house.status().simulation?.kind, 'offline')
    assert.ok((await house.lease()).accessToken)
  })

  test('a restart ends it, and the grant is what it was', async () => {
    const before = house.storedRefreshToken
    await simulate('revoke')
    house.restart()
    await house.clock.advance(0)
    assert.equal(house.state, 'active')
    assert.equal(house.status().simulation, undefined)
    assert.equal(house.storedRefreshToken, before)
    await refresh()
  })

  test('a refresh that falls due meanwhile waits until it is over', async () => {
    await simulate('rate-limit', { seconds: 7_200 })
    const asked = sent()
    await house.clock.advance(3_600_000)
    await refusedWith('retry_later', house.lease())
    assert.equal(sent(), asked)
    await house.clock.advance(3_600_000)
    await house.broker.idle()
    assert.equal(sent(), asked + 1)
    assert.ok((await house.lease()).accessToken)
  })

  test('a reject during it does not cost the access token', async () => {
    const lease = await house.lease()
    await simulate('offline')
    const { replaced } = await house.broker.reject(WORK, lease.lease, me)
    assert.equal(replaced, false)
    await stop()
    assert.equal((await house.lease()).accessToken, lease.accessToken)
  })

  test('a caller that waits for a slow provider is served when the simulation ends before', async () => {
    await simulate('slow', { seconds: 5 })
    const waiting = refresh()
    await house.clock.advance(SLOW_MS)
    assert.equal((await waiting).generation, 3)
  })

  test('scope-loss leaves the first scope, and refuses what is lost', async () => {
    const [read, write] = [Scope.parse('read'), Scope.parse('write')]
    house.server.on.refresh.answers(
      tokensOutcome({ scopes: [read, write], refreshToken: 'r', expiresAt: null }),
    )
    await refresh()
    await simulate('scope-loss')
    assert.deepEqual(house.status().scopes, ['read'])
    assert.deepEqual((await house.lease(0, { scopes: [read] })).scopes, ['read'])
    await refusedWith('consent_required', house.lease(0, { scopes: [write] }))
    await stop()
    assert.deepEqual((await house.lease(0, { scopes: [write] })).scopes, ['read', 'write'])
  })

  test('signing in is what a person does about it: a new grant ends it', async () => {
    await simulate('revoke')
    const request = await house.beginCode()
    assert.equal(house.state, 'authorizing')
    await house.redirect.come(house.server.approve(request))
    assert.equal(house.state, 'active')
    assert.equal(house.status().simulation, undefined)
    assert.ok((await house.lease()).accessToken)
  })

  test('who declines that sign-in meets the simulation again, and then the grant of before', async () => {
    const { accessToken } = await house.lease()
    await simulate('revoke')
    await house.beginCode()
    await house.broker.cancelConsent(WORK, me)
    assert.equal(house.state, 'consentRequired')
    await house.clock.advance(FOR_S * 1_000)
    assert.equal((await house.lease()).accessToken, accessToken)
  })

  test('a sign-in left open during it has its deadline', async () => {
    await simulate('revoke', { seconds: 3_000 })
    await house.beginCode()
    await house.clock.advance(300_000)
    assert.equal(house.state, 'consentRequired')
    assert.equal(house.redirect.listening, 0)
    assert.equal(house.status().simulation?.kind, 'revoke')
  })

  test('signing out ends both', async () => {
    await simulate('offline')
    assert.equal((await house.broker.signOut(WORK, { forget: false, verify: false }, me)).revoked, true)
    assert.equal(house.state, 'signedOut')
    assert.equal(house.status().simulation, undefined)
  })

  test('what needs a person already is not made worse', async () => {
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    await refusedWith('consent_required', simulate('offline'))
    await refusedWith('consent_required', simulate('revoke', { really: true }))
  })

  test('really revoked at the provider, it is fob that finds out', async () => {
    const status = await simulate('revoke', { really: true })
    assert.equal(status.simulation, undefined)
    assert.equal(status.state, 'consentRequired')
    assert.equal(house.server.on.revoke.count, 2, 'both tokens are named')
    assert.ok(house.audit.lines().includes('revoke ok'))
    await house.clock.advance(FOR_S * 1_000)
    assert.equal(house.state, 'consentRequired')
    await house.signIn()
    assert.equal(house.state, 'active')
  })

  test('a provider that cannot revoke is said to be one, and nothing changes', async () => {
    house.server.on.revoke.answers({ kind: 'unsupported' }, { kind: 'unsupported' })
    await refusedWith('provider_refused', simulate('revoke', { really: true }))
    assert.equal(house.state, 'active')
  })

  test('nothing else can be done really', async () => {
    await refusedWith('bad_request', simulate('offline', { really: true }))
    assert.equal(house.status().simulation, undefined)
  })
})
