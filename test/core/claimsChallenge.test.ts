/** What a provider wants proven, from the refresh it stopped to the sign-in that asks for it. */
import assert from 'node:assert/strict'
import type { Outcome } from '../../daemon/core/outcome.js'
import type { AddConnection } from '../../shared/contract/newConnection.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { oauthErrorOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { refusedWith } from './refusedWith.js'

const CLAIMS = '{"access_token":{"polids":{"essential":true,"values":["9ab03e19"]}}}'
const stopped = {
  ...oauthErrorOutcome('insufficient_user_authentication'),
  claimsChallenge: CLAIMS,
} as Outcome

const ENDPOINTS = {
  authorization_endpoint: 'https://server.test/authorize',
  token_endpoint: 'https://server.test/token',
  device_authorization_endpoint: 'https://server.test/device',
}

async function refused(house: BrokerOnFakes, outcome: Outcome = stopped): Promise<void> {
  house.server.on.refresh.answers(outcome)
  await house.broker.refresh(WORK, me).catch(() => undefined)
}

/** Signed in, and stopped at the next refresh. */
async function stoppedHouse(): Promise<BrokerOnFakes> {
  const house = await BrokerOnFakes.signedIn()
  await refused(house)
  assert.equal(house.state, 'blocked')
  return house
}

/** What the sign-in asked for last. */
const asked = (house: BrokerOnFakes): string | undefined => house.server.on.beginCode.calls.at(-1)?.[2]

suite('what a provider wants proven', () => {
  test('is asked for by the next sign-in, and by none after it', async () => {
    const house = await stoppedHouse()
    assert.equal(asked(house), undefined)
    assert.equal((await house.signIn()).kind, 'signedIn')
    assert.equal(asked(house), CLAIMS)
    await house.signIn()
    assert.equal(asked(house), undefined)
    assert.equal(house.record.setback, undefined)
  })

  test('is asked for after a restart too', async () => {
    const house = await stoppedHouse()
    await house.settle()
    assert.equal(house.record.setback?.claimsChallenge, CLAIMS)
    house.restart()
    await house.settle()
    await house.signIn()
    assert.equal(asked(house), CLAIMS)
  })

  test('stands whatever else goes wrong before somebody has signed in', async () => {
    const house = await stoppedHouse()
    const troubles: readonly Outcome[] = [
      { kind: 'unreachable', reason: 'no route' },
      oauthErrorOutcome('insufficient_user_authentication'),
      oauthErrorOutcome('invalid_grant'),
    ]
    for (const trouble of troubles) {
      await refused(house, trouble)
      const request = await house.beginCode()
      const page = await house.redirect.come(house.server.deny(request))
      assert.equal(page.kind, 'denied')
      assert.equal(asked(house), CLAIMS)
    }
    assert.equal((await house.signIn()).kind, 'signedIn')
    assert.equal(asked(house), CLAIMS)
  })

  test('is what was said last', async () => {
    const house = await stoppedHouse()
    await refused(house, { ...stopped, claimsChallenge: '{"access_token":{}}' } as Outcome)
    await house.signIn()
    assert.equal(asked(house), '{"access_token":{}}')
  })

  test('may be said while somebody signs in, and the next attempt asks for it', async () => {
    const house = new BrokerOnFakes()
    await house.add()
    house.server.on.redeemCode.answers(stopped)
    assert.equal((await house.signIn()).kind, 'failed')
    assert.equal((await house.signIn()).kind, 'signedIn')
    assert.equal(asked(house), CLAIMS)
  })

  test('is no matter any more once a refresh goes through, or somebody signed out', async () => {
    const house = await stoppedHouse()
    await house.broker.refresh(WORK, me)
    await house.signIn()
    assert.equal(asked(house), undefined)
    await refused(house)
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    await house.signIn()
    assert.equal(asked(house), undefined)
  })

  test('is told by the doctor, with the way that proves it', async () => {
    const house = await stoppedHouse()
    const { findings } = await house.broker.diagnose(WORK)
    assert.match(findings[0]?.evidence.join('\n') ?? '', /by the browser asks for that, one by a code cannot/)
    assert.doesNotMatch(JSON.stringify(findings), /polids/)
  })

  suite('of a connection that signs in by a code', () => {
    async function byCode(endpoints: NonNullable<AddConnection['endpoints']>): Promise<BrokerOnFakes> {
      const house = new BrokerOnFakes()
      await house.add({ flow: 'device', endpoints })
      const { on } = house.server
      on.pollDevice.does((_client, request) => {
        house.server.approveDevice(request)
        return oauthErrorOutcome('authorization_pending')
      })
      await house.begin()
      await house.clock.advance(20_000)
      assert.equal(house.state, 'active')
      await refused(house)
      return house
    }

    test('the browser is sent, which alone can ask for it, and the next time it is a code again', async () => {
      const house = await byCode(ENDPOINTS)
      assert.match(house.status().reason, /sign in by the browser/)
      const request = await house.beginCode()
      const page = await house.redirect.come(house.server.approve(request))
      assert.equal(page.kind, 'signedIn')
      assert.equal(asked(house), CLAIMS)
      assert.equal((await house.begin()).kind, 'device')
    })

    test('a code is given to who names that way, and where there is no page to send a browser to', async () => {
      const house = await byCode(ENDPOINTS)
      assert.equal((await house.begin({ flow: 'device' })).kind, 'device')
      const { token_endpoint, device_authorization_endpoint } = ENDPOINTS
      const without = await byCode({ token_endpoint, device_authorization_endpoint })
      assert.equal((await without.begin()).kind, 'device')
    })
  })

  test('sends no client to a browser that acts for itself', async () => {
    const house = new BrokerOnFakes()
    await house.add({ flow: 'client-credentials', clientSecret: 'its-secret', endpoints: ENDPOINTS })
    house.server.on.clientCredentials.answers(stopped)
    await refusedWith('provider_refused', house.begin())
    assert.equal((await house.begin()).kind, 'done')
  })
})
