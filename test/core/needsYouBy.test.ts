import assert from 'node:assert/strict'
import { NEEDS_YOU, needsYouBy, type Foreseen } from '../../daemon/core/connection/needsYouBy.js'
import type { GrantFacts } from '../../daemon/core/record.js'
import { Secret } from '../../daemon/core/secret.js'
import type { State } from '../../daemon/core/lifecycle/states.js'
import { atlassian } from '../../daemon/providers/atlassian.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { signedIn } from '../fakes/storedConnection.js'
import { grant, NOW, states } from './lifecycleCases.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const { definition } = signedIn('work', 5).record
const stored = { ...definition, server: null, flow: 'static' } as const
const iso = (ms: number): string => new Date(ms).toISOString()

const active = (facts: Partial<GrantFacts>): State => ({ ...states['active'], grant: grant(5, facts) })
const base = { definition, profile: {}, state: states['active'], client: undefined, registered: undefined }
const told = (more: Partial<Foreseen>, now = NOW) => needsYouBy({ ...base, ...more }, now)
const secretUntil = (expiresAt: number) =>
  ({ secret: { kind: 'kept', secret: new Secret('x') }, expiresAt, before: null }) as const

suite('what needs a person, told ahead', () => {
  test('nothing that fob renews by itself is told', () => {
    assert.equal(told({}), null)
    assert.equal(told({ state: active({ refreshEnd: { at: NOW + HOUR, moves: true } }) }), null)
    assert.equal(told({ state: active({ renewable: false, expiresAt: null }) }, NOW + 400 * DAY), null)
  })

  test('a stored secret is told a week before its end, and not before', () => {
    const at = NOW + 100 * DAY
    const state = active({ renewable: false, issuedAt: NOW, expiresAt: at })
    const from = at - NEEDS_YOU.aheadMs
    assert.equal(told({ definition: stored, state }, from - 1), null)
    const said = told({ definition: stored, state }, from)
    assert.deepEqual([said?.at, said?.why], [iso(at), 'the stored secret ends'])
    assert.deepEqual([said?.matter, said?.fix], ['grant', 'fob provider set-secret work'])
  })

  test('of what lives for days only the last tenth is told, and of hours nothing', () => {
    const days = active({ renewable: false, issuedAt: NOW, expiresAt: NOW + 10 * DAY })
    assert.equal(told({ state: days }, NOW + 9 * DAY - 1), null)
    assert.match(told({ state: days }, NOW + 9 * DAY)?.why ?? '', /cannot be refreshed/)
    const hours = active({ renewable: false, issuedAt: NOW, expiresAt: NOW + 23 * HOUR })
    assert.equal(told({ state: hours }, NOW + 23 * HOUR - 1), null)
  })

  test('what a server stops to renew is told at once, however soon it ends', () => {
    const state = active({ renewable: false, unrenewed: true })
    assert.match(told({ state })?.why ?? '', /cannot be refreshed: the server renews no id token$/)
  })

  test('a refresh token whose end stands still is told a week before, with the sign-in', () => {
    const at = NOW + 60 * DAY
    const state = active({ consentedAt: NOW - 30 * DAY, refreshEnd: { at, moves: false } })
    assert.equal(told({ state }, at - NEEDS_YOU.aheadMs - 1), null)
    const said = told({ state }, at - NEEDS_YOU.aheadMs)
    assert.deepEqual(
      [said?.at, said?.why, said?.fix],
      [iso(at), 'the refresh token ends', 'fob sign-in work'],
    )
  })

  test('before the first refresh an end counts only when no refresh comes before it', () => {
    const at = NOW + HOUR
    assert.equal(told({ state: active({ expiresAt: at - 1, refreshEnd: { at } }) }, at - 1), null)
    assert.equal(told({ state: active({ expiresAt: at, refreshEnd: { at } }) }, at - 1)?.at, iso(at))
    assert.equal(told({ state: active({ expiresAt: null, refreshEnd: { at } }) }, at - 1)?.at, iso(at))
  })

  test('a consent that a provider ends after a year is told, and a client that acts for itself has none', () => {
    const profile = { consentLifeMs: 365 * DAY }
    const [state, soon] = [active({ consentedAt: NOW }), NOW + 360 * DAY]
    assert.equal(told({ state, profile }, soon)?.at, iso(NOW + 365 * DAY))
    const machine = { ...definition, flow: 'client-credentials' } as const
    assert.equal(told({ state, profile, definition: machine }, soon), null)
    assert.equal(told({ state: active({}), profile }, soon), null)
    assert.equal(atlassian.consentLifeMs, 365 * DAY)
  })

  test('the registration of a client is told when a refresh token goes with it', () => {
    const at = NOW + 90 * DAY
    const registered = { clientId: 'c', secret: undefined, expiresAt: at }
    const state = active({ consentedAt: NOW })
    assert.equal(told({ state, registered }, at - 8 * DAY), null)
    assert.match(told({ state, registered }, at - 6 * DAY)?.why ?? '', /registration of fob's client/)
    const kept = { ...registered, kept: true } as const
    assert.equal(
      told({ state: active({ consentedAt: at - HOUR }), registered: kept }, at - 60_000)?.at,
      iso(at),
    )
    assert.equal(told({ state, registered: { ...registered, expiresAt: null } }, at), null)
    const once = active({ renewable: false, expiresAt: null })
    assert.equal(told({ state: once, registered }, at - DAY), null)
  })

  test('a client secret is told two weeks before its end, and the first of several ends counts', () => {
    const at = NOW + 20 * DAY
    const client = secretUntil(at)
    assert.equal(told({ client }, at - NEEDS_YOU.secretAheadMs - 1), null)
    const said = told({ client }, at - NEEDS_YOU.secretAheadMs)
    assert.deepEqual(
      [said?.matter, said?.why, said?.fix],
      [...['client', 'the client secret ends', 'fob provider rotate-secret work']],
    )
    const sooner = active({ consentedAt: NOW - 90 * DAY, refreshEnd: { at: at - DAY, moves: false } })
    assert.equal(told({ client, state: sooner }, at - 2 * DAY)?.why, 'the refresh token ends')
  })

  test('who is needed already is not told that it will be so', () => {
    const client = secretUntil(NOW + DAY)
    for (const name of ['signedOut', 'consentRequired', 'blocked'] as const) {
      assert.equal(told({ client, state: states[name] }), null, name)
    }
    for (const name of ['active', 'retrying', 'authorizing'] as const) {
      assert.notEqual(told({ client, state: states[name] }), null, name)
    }
  })
})

suite('what needs a person, in a connection', () => {
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

  test('listeners hear of it when the time has come, once, and it serves to the end', async () => {
    const house = await signedInFor(90 * DAY)
    await pass(house, 82 * DAY)
    assert.equal(house.status().needsYouBy, null)
    house.events.length = 0
    await pass(house, 2 * DAY)
    await house.clock.advance(60_000)
    const heard = house.events.filter((event) => event.type === 'connection')
    assert.equal(heard.length, 1)
    assert.equal(heard[0]?.connection.needsYouBy?.fix, 'fob sign-in work')
    assert.deepEqual([house.state, house.status().reason, house.status().fix], ['active', '', ''])
    assert.ok((await house.lease()).accessToken)
    const [finding] = (await house.broker.diagnose(WORK)).findings
    assert.match(
      finding?.what ?? '',
      /^it needs you by \d{4}-.*the access token ends and cannot be refreshed$/,
    )
    assert.deepEqual([finding?.urgency, finding?.fix], ['note', { kind: 'run', command: 'fob sign-in work' }])
    await pass(house, 7 * DAY)
    assert.deepEqual([house.state, house.status().needsYouBy], ['consentRequired', null])
  })

  test('it is told again after a restart, and no more after the person came', async () => {
    const house = await signedInFor(90 * DAY)
    await pass(house, 85 * DAY)
    house.restart()
    await house.clock.advance(30_000)
    const heard = house.events.filter((event) => event.type === 'connection')
    assert.ok(heard.some(({ connection }) => connection.needsYouBy !== null))
    await house.signIn()
    assert.equal(house.status().needsYouBy, null)
  })

  test('the end of a client secret is told, and gone with one that is rotated in', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.lifetimeMs = 400 * DAY
    const inDays = (days: number): string => iso(house.clock.now() + days * DAY)
    await house.broker.setSecret(WORK, { clientSecret: 'first', expiresAt: inDays(30) }, me)
    await house.settle()
    await pass(house, 15 * DAY)
    assert.equal(house.status().needsYouBy, null)
    await pass(house, 2 * DAY)
    house.restart()
    await house.settle()
    assert.equal(house.status().needsYouBy?.why, 'the client secret ends')
    const next = { clientSecret: 'second', expiresAt: inDays(300), overlapSeconds: 0 }
    assert.equal((await house.broker.rotateSecret(WORK, next, me)).needsYouBy, null)
    assert.equal(house.status().clientSecret?.expiresAt, next.expiresAt)
  })

  test('a refresh shows whether the end of the refresh token is put off, also over a restart', async () => {
    const house = await BrokerOnFakes.signedIn()
    const end = house.clock.now() + 10 * HOUR
    const answer = (refreshEndsAt: number) => {
      const issuedAt = house.clock.now()
      const lifetime = { issuedAt, expiresAt: issuedAt + HOUR, refreshEndsAt }
      house.server.on.refresh.answers(tokensOutcome({ accessToken: 'a', refreshToken: 'r', ...lifetime }))
      return house.broker.refresh(WORK, me)
    }
    await answer(end)
    assert.deepEqual(house.record.grant?.refreshEnd, { at: end })
    for (let hour = 1; hour <= 3; hour += 1) {
      house.clock.jump(HOUR / 2)
      await answer(end + hour)
    }
    house.restart()
    await house.settle()
    assert.deepEqual(house.record.grant?.refreshEnd, { at: end + 3, moves: false })
    house.clock.jump(HOUR / 2)
    await answer(end + 3 + HOUR / 2)
    assert.equal(house.record.grant?.refreshEnd?.moves, true)
  })
})
