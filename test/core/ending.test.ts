import assert from 'node:assert/strict'
import { tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { BrokerOnFakes } from '../fakes/brokerOnFakes.js'

const DAY_MS = 86_400_000

/** Nights and weekends: the machine sleeps, wakes, and looks at the clock. */
const pass = async (house: BrokerOnFakes, ms: number): Promise<void> => {
  house.clock.jump(ms)
  await house.clock.advance(30_000)
}

/** Signed in at a server that gives no refresh token, with an access token of this life. */
async function signedInFor(lifetimeMs: number): Promise<BrokerOnFakes> {
  const house = new BrokerOnFakes()
  house.server.givesRefreshTokens = false
  house.server.lifetimeMs = lifetimeMs
  await house.add()
  await house.signIn()
  return house
}

suite('a grant that only a person can renew', () => {
  test('its end is told ahead, once, with what to type, and it serves to the end', async () => {
    const house = await signedInFor(90 * DAY_MS)
    await pass(house, 82 * DAY_MS)
    assert.deepEqual([house.status().reason, house.status().fix], ['', ''])
    house.events.length = 0
    await pass(house, 2 * DAY_MS)
    const told = house.events.filter((event) => event.type === 'connection')
    assert.equal(told.length, 1)
    assert.match(house.status().reason, /ends at \d{4}-\d\d-\d\dT.* sign in again before$/)
    assert.equal(house.status().fix, 'fob sign-in work')
    assert.equal(house.state, 'active')
    assert.ok((await house.lease()).accessToken)
    await pass(house, 7 * DAY_MS)
    assert.equal(house.state, 'consentRequired')
  })

  test('it is told again after a restart, and no more after the person came', async () => {
    const house = await signedInFor(90 * DAY_MS)
    await pass(house, 85 * DAY_MS)
    house.restart()
    await house.clock.advance(1_000)
    assert.equal(house.events.filter((event) => event.type === 'connection').length > 0, true)
    await house.signIn()
    assert.deepEqual([house.status().reason, house.status().fix], ['', ''])
  })

  test('nothing is told of one that is refreshed, that does not end, or that ends the same day', async () => {
    const refreshed = await BrokerOnFakes.signedIn()
    await refreshed.clock.advance(50_000)
    const short = await signedInFor(3_600_000)
    await short.clock.advance(3_590_000)
    const endless = new BrokerOnFakes()
    await endless.add()
    endless.server.on.redeemCode.answers(tokensOutcome({ refreshToken: null, expiresAt: null }))
    await endless.signIn()
    await pass(endless, 400 * DAY_MS)
    for (const house of [refreshed, short, endless]) assert.equal(house.status().fix, '')
  })
})
