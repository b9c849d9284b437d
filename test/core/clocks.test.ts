import assert from 'node:assert/strict'
import { BACKOFF } from '../../daemon/core/lifecycle/backoff.js'
import { FRESHNESS } from '../../daemon/core/lifecycle/freshness.js'
import { TIMER } from '../../daemon/core/roster/timer.js'
import { ConnectionName } from '../../shared/contract/ids.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { oauthErrorOutcome, tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { refusedWith } from './refusedWith.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const offline = { kind: 'unreachable', reason: 'no route' } as const

async function withLifetime(lifetimeMs: number): Promise<BrokerOnFakes> {
  const house = new BrokerOnFakes()
  house.server.lifetimeMs = lifetimeMs
  await house.add()
  await house.signIn()
  return house
}

suite('clocks', () => {
  test('an access token is renewed ahead of its end, when a fifth of its life is left', async () => {
    const house = await withLifetime(MINUTE)
    await house.clock.advance(47_999 - FRESHNESS.endMarginMs)
    assert.equal(house.server.on.refresh.count, 0)
    await house.clock.advance(1)
    assert.equal(house.server.on.refresh.count, 1)
    assert.equal(house.state, 'active')
  })

  test('one that a refresh ends is renewed as late as possible', async () => {
    const house = await BrokerOnFakes.signedIn({ refreshEndsAccessToken: true })
    house.server.lifetimeMs = HOUR
    await house.broker.refresh(WORK, me)
    await house.clock.advance(HOUR - 31_000 - FRESHNESS.endMarginMs)
    assert.equal(house.server.on.refresh.count, 1)
    await house.clock.advance(1_000)
    assert.equal(house.server.on.refresh.count, 2)
  })

  test('over a day each token is refreshed once, never more', async () => {
    const house = await withLifetime(HOUR)
    await house.clock.advance(DAY)
    assert.equal(house.server.on.refresh.count, 28)
    assert.equal(house.status().generation, 29)
  })

  test('after eight hours of sleep the first caller gets a fresh token at once', async () => {
    const house = await withLifetime(HOUR)
    house.clock.jump(8 * HOUR)
    assert.equal((await house.lease()).generation, 2)
    assert.equal(house.server.on.refresh.count, 1)
  })

  test('after eight hours of sleep an unasked connection is fresh within half a minute', async () => {
    const house = await withLifetime(HOUR)
    await house.clock.advance(7_000)
    house.clock.jump(8 * HOUR)
    await house.clock.advance(TIMER.longestSleepMs)
    assert.equal(house.status().generation, 2)
  })

  for (const jump of [8 * HOUR, -DAY]) {
    test(`a retry does not wait for a clock that jumped ${jump / HOUR} hours`, async () => {
      const house = await withLifetime(HOUR)
      house.server.on.refresh.answers(oauthErrorOutcome('slow_down', 429, HOUR))
      await refusedWith('retry_later', house.broker.refresh(WORK, me))
      house.clock.jump(jump)
      await house.clock.advance(TIMER.longestSleepMs)
      assert.equal(house.state, 'active')
      assert.equal(house.status().generation, 2)
    })
  }

  test('tokens that wait for the disk do not wait for a clock set back', async () => {
    const house = await withLifetime(HOUR)
    const held = house.server.on.refresh.holds()
    const asked = refusedWith('store_unwritable', house.broker.refresh(WORK, me))
    const [client] = await held.called
    house.disk.full = true
    held.answer(await house.server.clientCredentials(client))
    await asked
    house.disk.full = false
    house.clock.jump(-DAY)
    await house.clock.advance(TIMER.longestSleepMs)
    assert.ok(house.disk.commits.some(({ record }) => record.grant?.generation === 2))
  })

  test('a clock set back a day makes the age of a token unknown, so it is renewed', async () => {
    const house = await withLifetime(HOUR)
    house.clock.jump(-DAY)
    assert.equal((await house.lease()).generation, 2)
    await house.clock.advance(10 * MINUTE)
    assert.equal(house.server.on.refresh.count, 1)
  })

  test('a clock set back by little does not make an old token young', async () => {
    const house = await withLifetime(MINUTE)
    await house.clock.advance(40_000)
    house.clock.jump(-30_000)
    await house.clock.advance(TIMER.longestSleepMs)
    assert.equal(house.status().generation, 2)
  })

  test('frequent changes of another connection do not put the look at the clock off', async () => {
    const house = await withLifetime(HOUR)
    house.server.on.refresh.answers(oauthErrorOutcome('slow_down', 429, HOUR))
    await refusedWith('retry_later', house.broker.refresh(WORK, me))
    const other = ConnectionName.parse('other')
    await house.add({ name: other })
    house.clock.jump(-DAY)
    for (let second = 0; second < 35; second += 5) {
      await house.broker.beginConsent(other, { open: false, preempt: true }, me)
      await house.clock.advance(5_000)
    }
    assert.equal(house.status().generation, 2)
  })

  test('an outage of three days drops nothing, asks seldom, and is over at once', async () => {
    const house = await withLifetime(HOUR)
    const { refresh } = house.server.on
    let reachable = false
    const behave = () => (reachable ? tokensOutcome({ refreshToken: 'r', expiresAt: null }) : offline)
    for (let i = 0; i < 3_000; i++) refresh.does(behave)
    await house.clock.advance(3 * DAY)
    assert.equal(house.state, 'retrying')
    const perHour = refresh.count / 72
    assert.ok(perHour <= 30, `${perHour} an hour`)
    const refusal = await refusedWith('provider_unreachable', house.lease())
    assert.ok((refusal.retryAt ?? 0) <= house.clock.now() + BACKOFF.capMs * (1 + BACKOFF.jitter))
    reachable = true
    await house.clock.advance(BACKOFF.capMs * (1 + BACKOFF.jitter))
    assert.equal(house.state, 'active')
  })

  test('when one connection reaches the server again, the others of it follow within seconds', async () => {
    const house = await withLifetime(HOUR)
    const other = ConnectionName.parse('other')
    await house.add({ name: other, flow: 'client-credentials' })
    await house.broker.beginConsent(other, { open: false, preempt: false }, me)
    house.server.on.refresh.answers(oauthErrorOutcome('temporarily_unavailable', 503, HOUR))
    await refusedWith('retry_later', house.broker.refresh(WORK, me))
    await house.broker.refresh(other, me)
    await house.clock.advance(5_000)
    assert.equal(house.status().generation, 2)
  })

  test('nothing is due for nobody: an idle daemon looks twice a minute', async () => {
    const house = await withLifetime(DAY)
    let looks = 0
    for (let second = 0; second < 600; second++) {
      const before = house.clock.nextWake() ?? assert.fail()
      assert.ok(before > 0 && before <= TIMER.longestSleepMs)
      await house.clock.advance(1_000)
      if ((house.clock.nextWake() ?? 0) > before - 1_000) looks += 1
    }
    assert.equal(looks, 20)
  })

  test('a save that hangs does not make the timer spin', async () => {
    const house = await withLifetime(MINUTE)
    const request = await house.beginCode()
    house.disk.beforeCommit = () => new Promise(() => undefined)
    void house.redirect.come(house.server.approve(request))
    await house.clock.advance(400_000)
    assert.ok((house.clock.nextWake() ?? 0) > 0)
  })
})
