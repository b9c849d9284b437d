import assert from 'node:assert/strict'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { oauthErrorOutcome, tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { Refusal } from '../../shared/contract/errors.js'
import { refusedWith } from './refusedWith.js'

const pending = oauthErrorOutcome('authorization_pending')
const tokens = tokensOutcome({ accessToken: 'by-device', refreshToken: 'r', expiresAt: null })

async function begun(): Promise<BrokerOnFakes> {
  const house = new BrokerOnFakes()
  await house.add({ flow: 'device' })
  const answer = await house.begin()
  assert.ok(answer.kind === 'device' && answer.userCode !== '')
  return house
}

suite('signing in by a code', () => {
  test('the server is asked at its own pace, and five seconds slower each time it says so', async () => {
    const house = await begun()
    const polls = house.server.on.pollDevice
    polls.answers(pending, oauthErrorOutcome('slow_down'), pending, oauthErrorOutcome('slow_down'), tokens)
    const seen: number[] = []
    for (let second = 1; second <= 50; second++) {
      await house.clock.advance(1_000)
      if (polls.count > seen.length) seen.push(second)
    }
    await house.settle()
    assert.deepEqual(seen, [5, 10, 20, 30, 45])
    assert.equal((await house.lease()).accessToken, 'by-device')
  })

  test('a server that cannot be reached is asked at half the pace, and the sign-in goes on', async () => {
    const house = await begun()
    house.server.on.pollDevice.answers(
      { kind: 'unreachable', reason: 'no route' },
      { kind: 'notOAuth', status: 502, contentType: '', retryAfterMs: undefined },
      tokens,
    )
    await house.clock.advance(5_000 + 10_000 + 20_000)
    assert.equal(house.state, 'active')
  })

  test('a poll that breaks down does not end the polling', async () => {
    const house = await begun()
    house.server.on.pollDevice.does(() => {
      throw new Error('a defect')
    })
    house.server.on.pollDevice.answers(tokens)
    await house.clock.advance(20_000)
    assert.equal(house.state, 'active')
  })

  for (const [error, outcome] of [
    ['access_denied', 'denied'],
    ['expired_token', 'deadline'],
    ['invalid_grant', 'failed'],
  ] as const) {
    test(`${error} ends the attempt: ${outcome}`, async () => {
      const house = await begun()
      house.server.on.pollDevice.answers(oauthErrorOutcome(error))
      await house.clock.advance(60_000)
      assert.equal(house.server.on.pollDevice.count, 1)
      assert.equal(house.state, 'signedOut')
      const ended = house.events.find((event) => event.type === 'consentEnded')
      assert.ok(ended?.type === 'consentEnded' && ended.outcome === outcome)
    })
  }

  test('a cancelled attempt polls no more', async () => {
    const house = await begun()
    await house.clock.advance(5_000)
    await house.broker.cancelConsent(WORK, me)
    await house.clock.advance(60_000)
    assert.equal(house.server.on.pollDevice.count, 1)
  })

  test('tokens of a poll that was under way when it was cancelled are revoked', async () => {
    const house = await begun()
    const held = house.server.on.pollDevice.holds()
    await house.clock.advance(5_000)
    await held.called
    await house.broker.cancelConsent(WORK, me)
    held.answer(tokens)
    await house.settle()
    assert.equal(house.state, 'signedOut')
    assert.equal(house.server.on.revoke.calls[0]?.[1].reveal(), 'r')
  })

  test('the code expires at its deadline', async () => {
    const house = await begun()
    await house.clock.advance(300_000)
    assert.equal(house.state, 'signedOut')
    const asked = house.server.on.pollDevice.count
    await house.clock.advance(60_000)
    assert.equal(house.server.on.pollDevice.count, asked)
  })

  test('a connection by browser may sign in by a code once', async () => {
    const house = new BrokerOnFakes()
    await house.add({ flow: 'code' })
    assert.equal((await house.begin({ flow: 'device' })).kind, 'device')
    await refusedWith('bad_request', house.begin({ flow: 'client-credentials', preempt: true }))
  })
})

suite('signing in without a person', () => {
  async function added(): Promise<BrokerOnFakes> {
    const house = new BrokerOnFakes()
    await house.add({ flow: 'client-credentials', clientSecret: 'secret' })
    return house
  }

  test('client credentials are done when the answer comes, and are asked for again at each expiry', async () => {
    const house = await added()
    assert.deepEqual((await house.begin()).kind, 'done')
    const { accessToken } = await house.lease()
    house.clock.jump(120_000)
    assert.notEqual((await house.lease()).accessToken, accessToken)
    assert.equal(house.server.on.clientCredentials.count, 2)
    assert.equal(house.server.on.refresh.count, 0)
  })

  test('a refresh token that comes with them is not used', async () => {
    const house = await added()
    house.server.on.clientCredentials.answers(tokensOutcome({ refreshToken: 'unasked', expiresAt: null }))
    await house.begin()
    await house.broker.refresh(WORK, me)
    assert.equal(house.server.on.refresh.count, 0)
    assert.equal(house.storedRefreshToken, undefined)
  })

  test('a wrong secret is told with the fix, and the right one mends it', async () => {
    const house = await added()
    house.server.on.clientCredentials.answers(oauthErrorOutcome('invalid_client', 401))
    const refusal = await refusedWith('provider_refused', house.begin())
    assert.equal(refusal.fix, 'fob provider set-secret work')
    await house.begin()
    house.server.on.clientCredentials.answers(oauthErrorOutcome('invalid_client', 401))
    await refusedWith('misconfigured', house.broker.refresh(WORK, me))
    assert.equal(house.state, 'blocked')
    await house.broker.setSecret(WORK, { clientSecret: 'right' }, me)
    await house.settle()
    assert.equal(house.state, 'active')
    assert.equal(house.server.on.clientCredentials.calls.at(-1)?.[0].secret?.reveal(), 'right')
  })

  test('a secret that cannot be used is refused at once, and the one before stays', async () => {
    const house = await added()
    const unusable = new Refusal('bad_request', 'this is no PEM private key', { field: 'clientSecret' })
    house.server.on.checkSecret.does(() => Promise.reject(unusable))
    const refusal = await refusedWith(
      'bad_request',
      house.broker.setSecret(WORK, { clientSecret: 'no key' }, me),
    )
    assert.equal(refusal.field, 'clientSecret')
    await house.begin()
    assert.notEqual(house.server.on.clientCredentials.calls.at(-1)?.[0].secret?.reveal(), 'no key')
  })

  test('after a crash in the middle they are simply asked for again', async () => {
    const house = await added()
    await house.begin()
    const held = house.server.on.clientCredentials.holds()
    house.broker.refresh(WORK, me).catch(() => undefined)
    await held.called
    house.restart()
    await house.clock.advance(0)
    assert.equal(house.state, 'active')
    assert.equal(house.status().generation, 2)
  })

  test('a grant that cannot be saved yet is told as trouble of the disk', async () => {
    const house = await added()
    house.disk.full = true
    await refusedWith('store_unwritable', house.begin())
    house.disk.full = false
    await house.clock.advance(6_000)
    assert.equal((await house.lease()).generation, 1)
  })

  test('there is nobody to open a browser for', async () => {
    const house = await added()
    await refusedWith('bad_request', house.begin({ flow: 'code' }))
  })
})
