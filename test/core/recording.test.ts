import assert from 'node:assert/strict'
import { LeaseId } from '../../shared/contract/ids.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { oauthErrorOutcome, tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { refusedWith } from './refusedWith.js'

const other = { ...me, pid: 43, executable: '/usr/bin/git' }

suite('the record', () => {
  test('each answer leaves its line before it is given', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { lease } = await house.lease()
    await house.broker.reject(WORK, lease, me)
    await house.settle()
    await house.broker.refresh(WORK, me)
    await house.broker.setSecret(WORK, { clientSecret: 'secret' }, me)
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    assert.deepEqual(house.audit.lines(), [
      'add ok',
      'signIn ok',
      'lease ok',
      'reject ok',
      'refresh ok',
      'refresh ok',
      'setSecret ok',
      'signOut ok',
    ])
    const callers = house.audit.entries.map(({ caller }) => caller?.pid)
    assert.deepEqual(callers, [42, 42, 42, 42, undefined, 42, 42, 42])
    assert.deepEqual(
      house.audit.entries.map(({ generation }) => generation),
      [0, 1, 1, 1, 2, 3, 3, 3],
    )
  })

  test('no line holds a secret; a lease has the fingerprint of its token', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { accessToken } = await house.lease()
    const text = JSON.stringify(house.audit.entries)
    assert.ok(!text.includes(accessToken))
    assert.ok(!text.includes(house.storedRefreshToken ?? ''))
    assert.match(house.audit.entries.at(-1)?.fingerprint ?? '', /^print-of/)
  })

  test('no event to a listener holds a secret', async () => {
    const house = await BrokerOnFakes.signedIn()
    await house.broker.refresh(WORK, me)
    const { accessToken } = await house.lease()
    const text = JSON.stringify(house.events)
    assert.ok(!text.includes(accessToken) && !text.includes('refresh-'))
  })

  test('each of those who share a refresh has a line of their own, and nobody has a line of others', async () => {
    const house = await BrokerOnFakes.signedIn()
    await Promise.all([house.broker.refresh(WORK, me), house.broker.refresh(WORK, other)])
    house.server.on.refresh.answers(oauthErrorOutcome('server_error', 500))
    await refusedWith('retry_later', house.broker.refresh(WORK, other))
    await house.clock.advance(5_000)
    const refreshes = house.audit.entries.filter(({ event }) => event === 'refresh')
    assert.deepEqual(
      refreshes.map(({ caller, outcome }) => [caller?.pid, outcome]),
      [
        [42, 'ok'],
        [43, 'ok'],
        [43, 'transient'],
        [undefined, 'ok'],
      ],
    )
  })

  test('a refresh that was refused at once is not blamed for the next one', async () => {
    const house = await BrokerOnFakes.signedIn()
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    await refusedWith('consent_required', house.broker.refresh(WORK, other))
    await house.signIn()
    await house.clock.advance(50_000)
    const refreshes = house.audit.entries.filter(({ event }) => event === 'refresh')
    assert.deepEqual(
      refreshes.map(({ caller }) => caller),
      [null],
    )
  })

  test('a sign-in is recorded under who began it, whatever others tried meanwhile', async () => {
    const house = new BrokerOnFakes()
    await house.add()
    const request = await house.beginCode()
    await refusedWith('consent_running', house.begin({}, other))
    await house.redirect.come(house.server.approve(request))
    const line = house.audit.entries.find(({ event }) => event === 'signIn')
    assert.equal(line?.caller?.pid, 42)
  })

  test('every end of a sign-in has a line', async () => {
    const house = new BrokerOnFakes()
    await house.add()
    const request = await house.beginCode()
    await house.redirect.come(house.server.deny(request))
    await house.begin()
    await house.broker.cancelConsent(WORK, me)
    await house.begin()
    await house.clock.advance(300_000)
    house.server.on.beginCode.does(() => {
      throw new Error('a defect')
    })
    await assert.rejects(house.begin())
    assert.deepEqual(house.audit.lines(), [
      'add ok',
      'signIn denied',
      'signIn cancelled',
      'signIn deadline',
      'signIn failed',
    ])
  })

  test('when the record cannot be written no access token is handed out', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { lease } = await house.lease()
    house.audit.full = true
    await refusedWith('store_unwritable', house.lease())
    await refusedWith('store_unwritable', house.broker.reject(WORK, lease, me))
    assert.equal(house.status().leases, 1)
    house.clock.jump(120_000)
    await refusedWith('store_unwritable', house.lease())
    assert.equal(house.status().generation, 2)
    house.audit.full = false
    assert.equal((await house.lease()).generation, 2)
  })

  test('a refresh that cannot be recorded is saved all the same, and refused to who asked', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.audit.full = true
    await refusedWith('store_unwritable', house.broker.refresh(WORK, me))
    assert.equal(house.record.grant?.generation, 2)
    assert.equal(house.state, 'active')
  })

  test('a sign-in that cannot be recorded still ends, and is told', async () => {
    const house = new BrokerOnFakes()
    await house.add()
    house.audit.full = true
    assert.equal((await house.signIn()).kind, 'signedIn')
    assert.equal(house.redirect.listening, 0)
    assert.ok(house.errors.some((line) => line.startsWith('signIn not recorded')))
  })

  test('what is done is answered as done, also when it cannot be recorded', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.audit.full = true
    assert.equal((await house.broker.signOut(WORK, { forget: false, verify: false }, me)).left, '')
    assert.equal(house.state, 'signedOut')
    assert.ok(house.errors.some((line) => line.startsWith('signOut not recorded')))
  })

  test('a reject that names no lease of this run leaves no line of its own', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.restart()
    await house.settle()
    await refusedWith('unknown_lease', house.broker.reject(WORK, LeaseId.parse('lease-of-before'), me))
    assert.ok(!house.audit.lines().some((line) => line.startsWith('reject')))
  })

  test('a listener that breaks down stops nothing', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.broker.subscribe(() => {
      throw new Error('a defect of a listener')
    })
    house.server.on.refresh.answers(tokensOutcome({ accessToken: 'a', refreshToken: 'r', expiresAt: null }))
    assert.equal((await house.broker.refresh(WORK, me)).generation, 2)
    assert.equal((await house.lease()).accessToken, 'a')
  })

  test('lease counts reach listeners in bundles', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.events.length = 0
    for (let i = 0; i < 100; i++) await house.lease()
    await house.clock.advance(1_000)
    const counts = house.events.flatMap((event) =>
      event.type === 'connection' ? event.connection.leases : [],
    )
    assert.deepEqual(counts, [100])
  })
})
