import assert from 'node:assert/strict'
import { NETWORK_WATCH } from '../../daemon/core/roster/networkWatch.js'
import { TIMER } from '../../daemon/core/roster/timer.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { refusedWith } from './refusedWith.js'

/** After this the next try is minutes away. */
const LONG_MS = 3_600_000
const UNREACHABLE = { kind: 'unreachable', reason: 'there is no route to it' } as const

suite('a machine whose network becomes another', () => {
  let house: BrokerOnFakes
  let tries: number
  let reachable: boolean

  setup(async () => {
    house = await BrokerOnFakes.signedIn()
    const { server } = house
    const answer = server.refresh
    tries = 0
    reachable = true
    server.refresh = async (client, refreshToken) => {
      tries += 1
      return reachable ? answer(client, refreshToken) : UNREACHABLE
    }
  })

  const outage = async (): Promise<void> => {
    reachable = false
    await house.clock.advance(LONG_MS)
    assert.equal(house.state, 'retrying')
    const { retryAt } = house.status()
    assert.ok(Date.parse(retryAt ?? '') - house.clock.now() > 10 * NETWORK_WATCH.everyMs)
    tries = 0
  }

  test('tries again at the next look, though the next try was minutes away', async () => {
    await outage()
    reachable = true
    house.addresses = '198.51.100.7'
    await house.clock.advance(NETWORK_WATCH.everyMs)
    assert.equal(house.state, 'active')
    assert.equal(tries, 1)
  })

  test('begins its patience anew: a network that needs some seconds more is not given up for minutes', async () => {
    await outage()
    house.addresses = '198.51.100.7'
    await house.clock.advance(NETWORK_WATCH.everyMs + 2_000)
    assert.equal(house.state, 'retrying')
    reachable = true
    await house.clock.advance(5_000)
    assert.equal(house.state, 'active')
  })

  test('nor is it after a sleep, when nothing can be reached for the first seconds', async () => {
    await outage()
    house.clock.jump(8 * LONG_MS)
    await house.clock.advance(5_000)
    assert.equal(house.state, 'retrying')
    assert.ok(tries >= 2, 'tried at once, and soon again')
    reachable = true
    await house.clock.advance(5_000)
    assert.equal(house.state, 'active')
  })

  test('takes a change that came while it was asking for one that it has not tried yet', async () => {
    await outage()
    const asked = house.server.on.refresh.holds()
    house.server.refresh = (client, refreshToken) => house.server.on.refresh.run(client, refreshToken)
    const refused = refusedWith('provider_unreachable', house.broker.refresh(WORK, me))
    await asked.called
    house.addresses = '198.51.100.7'
    await house.clock.advance(10 * NETWORK_WATCH.everyMs)
    asked.answer(UNREACHABLE)
    await refused
    await house.clock.advance(NETWORK_WATCH.everyMs)
    assert.equal(house.state, 'active')
  })

  test('tries once a change, and not while nothing changes', async () => {
    await outage()
    await house.clock.advance(10 * NETWORK_WATCH.everyMs)
    const before = tries
    house.addresses = ''
    await house.clock.advance(NETWORK_WATCH.everyMs)
    assert.equal(tries, before + 1)
  })

  test('does not look while nobody waits for the network', async () => {
    await house.clock.advance(0)
    const next = house.clock.nextWake() ?? 0
    assert.ok(next > NETWORK_WATCH.everyMs && next <= TIMER.longestSleepMs, `${next}`)
  })
})
