import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import type { StoredConnection } from '../../daemon/core/record.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { oauthErrorOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { refusedWith } from './refusedWith.js'

const MINUTE = 60_000

/** Holds back writes that `matches`, until released or failed. */
function holdCommits(house: BrokerOnFakes, matches: (stored: StoredConnection) => boolean) {
  let release: () => void = () => undefined
  let fail: () => void = () => undefined
  const held = new Promise<void>((resolve, reject) => {
    release = resolve
    fail = () => {
      house.disk.beforeCommit = () => Promise.resolve()
      reject(new Refusal('store_unwritable', 'no space left'))
    }
  })
  let reached: () => void = () => undefined
  const waiting = new Promise<void>((resolve) => (reached = resolve))
  house.disk.beforeCommit = (stored) => {
    if (!matches(stored)) return Promise.resolve()
    reached()
    return held
  }
  return { waiting, release, fail }
}

const grantOfGeneration =
  (generation: number) =>
  ({ record }: StoredConnection): boolean =>
    record.grant?.generation === generation

const intentOnly = ({ record }: StoredConnection): boolean => record.intent !== null

suite('durability', () => {
  test('new tokens are shown to nobody before they are on the disk', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { accessToken: old } = await house.lease()
    const commit = holdCommits(house, grantOfGeneration(2))
    let refreshed = false
    const asked = house.broker.refresh(WORK, me).then(() => (refreshed = true))
    await commit.waiting
    await house.settle()
    assert.equal((await house.lease()).accessToken, old)
    assert.equal(refreshed, false)
    assert.equal(house.status().generation, 1)
    assert.equal(house.audit.lines().includes('refresh ok'), false)
    const shown = house.events.flatMap((event) =>
      event.type === 'connection' ? event.connection.generation : [],
    )
    assert.ok(!shown.includes(2))
    commit.release()
    await asked
    assert.notEqual((await house.lease()).accessToken, old)
  })

  test('the intent is on the disk before the question leaves', async () => {
    const house = await BrokerOnFakes.signedIn()
    const commit = holdCommits(house, intentOnly)
    const asked = house.broker.refresh(WORK, me)
    await commit.waiting
    await house.settle()
    assert.equal(house.server.on.refresh.count, 0)
    commit.release()
    await asked
    assert.equal(house.server.on.refresh.count, 1)
    assert.equal(house.record.intent, null)
  })

  test('a full disk costs no token request, and refreshing goes on when there is room', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.disk.full = true
    house.clock.jump(2 * MINUTE)
    const refusal = await refusedWith('store_unwritable', house.lease())
    assert.ok((refusal.retryAt ?? 0) > house.clock.now())
    await house.clock.advance(MINUTE)
    assert.equal(house.server.on.refresh.count, 0)
    house.disk.full = false
    await house.clock.advance(10_000)
    assert.equal(house.state, 'active')
    assert.equal(house.server.on.refresh.count, 1)
  })

  test('tokens that cannot be saved wait in memory, and no second refresh is made for them', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { accessToken: old } = await house.lease()
    const held = house.server.on.refresh.holds()
    const asked = house.broker.refresh(WORK, me)
    await held.called
    house.disk.full = true
    house.server.lifetimeMs = 60 * MINUTE
    held.answer(await house.server.clientCredentials(await clientOf(house)))
    await refusedWith('store_unwritable', asked)
    assert.equal(house.state, 'unsaved')
    assert.equal((await house.lease()).accessToken, old)
    await house.clock.advance(MINUTE)
    await refusedWith('store_unwritable', house.lease())
    await refusedWith('store_unwritable', house.broker.refresh(WORK, me))
    house.disk.full = false
    await house.clock.advance(6_000)
    assert.equal(house.status().generation, 2)
    assert.equal(house.record.grant?.generation, 2)
    assert.equal(house.server.on.refresh.count, 1)
  })

  test('tokens in memory only get a last chance when fob stops', async () => {
    const house = await BrokerOnFakes.signedIn()
    const held = house.server.on.refresh.holds()
    const asked = house.broker.refresh(WORK, me)
    await held.called
    house.disk.full = true
    held.answer(await house.server.clientCredentials(await clientOf(house)))
    await refusedWith('store_unwritable', asked)
    house.disk.full = false
    await house.broker.quiesce()
    assert.equal(house.record.grant?.generation, 2)
  })

  test('a reject during a save does not put the record of before over the new one', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { lease } = await house.lease()
    const commit = holdCommits(house, grantOfGeneration(2))
    const asked = house.broker.refresh(WORK, me)
    await commit.waiting
    await house.broker.reject(WORK, lease, me)
    commit.release()
    await asked
    await house.settle()
    assert.equal(house.record.grant?.generation, 2)
    const [, presented] = house.server.on.refresh.calls[0] ?? assert.fail()
    assert.notEqual(house.storedRefreshToken, presented.reveal())
    house.restart()
    await house.settle()
    assert.equal((await house.lease()).generation, 2)
  })

  test('a lease during the save of a new consent does not put the old grant over it', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.clock.jump(2 * MINUTE)
    const commit = holdCommits(house, grantOfGeneration(2))
    const page = house.signIn()
    await commit.waiting
    const waiting = house.lease()
    commit.release()
    assert.equal((await page).kind, 'signedIn')
    assert.equal((await waiting).generation, 2)
    await house.settle()
    assert.equal(house.record.grant?.generation, 2)
    assert.equal(house.record.intent, null)
    assert.equal(house.server.on.refresh.count, 0)
  })

  test('a client secret set during a save is kept', async () => {
    const house = await BrokerOnFakes.signedIn()
    const commit = holdCommits(house, grantOfGeneration(2))
    const asked = house.broker.refresh(WORK, me)
    await commit.waiting
    const set = house.broker.setSecret(WORK, { clientSecret: 'new secret' }, me)
    commit.release()
    await asked
    await set
    assert.equal(house.disk.connections.get(WORK)?.secrets.clientSecret?.reveal(), 'new secret')
    assert.equal(house.record.grant?.generation, 2)
    await house.broker.refresh(WORK, me)
    assert.equal(house.server.on.refresh.calls.at(-1)?.[0].secret?.reveal(), 'new secret')
    assert.equal(house.disk.connections.get(WORK)?.secrets.clientSecret?.reveal(), 'new secret')
  })

  test('of two grants that wait for the disk only the newer one reaches it', async () => {
    const house = await BrokerOnFakes.signedIn()
    const held = house.server.on.refresh.holds()
    const asked = refusedWith('store_unwritable', house.broker.refresh(WORK, me))
    await held.called
    house.disk.full = true
    house.server.lifetimeMs = 60 * MINUTE
    held.answer(await house.server.clientCredentials(await clientOf(house)))
    await asked
    const commit = holdCommits(house, grantOfGeneration(3))
    const page = house.signIn()
    await commit.waiting
    // Meanwhile the older one is tried again; there is room for it when its turn comes.
    await house.clock.advance(2_000)
    house.disk.full = false
    commit.fail()
    assert.equal((await page).kind, 'failed')
    await house.clock.advance(6_000)
    assert.equal(house.status().generation, 3)
    const saved = house.disk.commits.map(({ record }) => record.grant?.generation)
    assert.ok(!saved.includes(2), saved.join())
  })

  test('a reject that a full disk cannot keep is kept in memory', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.lifetimeMs = 60 * MINUTE
    const { lease, accessToken } = await house.lease()
    house.disk.full = true
    await house.broker.reject(WORK, lease, me)
    await refusedWith('store_unwritable', house.lease())
    house.disk.full = false
    await house.clock.advance(6_000)
    assert.notEqual((await house.lease()).accessToken, accessToken)
    assert.equal(house.server.on.refresh.count, 1)
  })

  test('a refresh that breaks down inside fob counts as unanswered, and nothing is lost', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.on.refresh.does(() => {
      throw new Error('a defect')
    })
    await refusedWith('retry_later', house.broker.refresh(WORK, me))
    assert.equal(house.state, 'inDoubt')
    assert.equal((await house.lease()).generation, 1)
    assert.equal((await house.broker.refresh(WORK, me)).generation, 2)
  })

  test('a busy server leaves no intent behind, so that a restart has nothing to doubt', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.on.refresh.answers(oauthErrorOutcome('temporarily_unavailable', 503))
    await refusedWith('retry_later', house.broker.refresh(WORK, me))
    await house.settle()
    assert.equal(house.record.intent, null)
    house.restart()
    await house.settle()
    assert.equal(house.state, 'active')
  })

  test('stopping between intent and question makes no request and leaves no doubt', async () => {
    const house = await BrokerOnFakes.signedIn()
    const commit = holdCommits(house, intentOnly)
    const asked = refusedWith('stopping', house.broker.refresh(WORK, me))
    await commit.waiting
    const stopped = house.broker.quiesce()
    commit.release()
    await asked
    await stopped
    assert.equal(house.server.on.refresh.count, 0)
    assert.equal(house.record.intent, null)
  })

  test('stopping waits for the answer under way and for its tokens to reach the disk', async () => {
    const house = await BrokerOnFakes.signedIn()
    const held = house.server.on.refresh.holds()
    const asked = house.broker.refresh(WORK, me)
    await held.called
    let stopped = false
    const stopping = house.broker.quiesce().then(() => (stopped = true))
    await house.settle()
    assert.equal(stopped, false)
    held.answer(await house.server.clientCredentials(await clientOf(house)))
    await asked
    await stopping
    assert.equal(house.record.grant?.generation, 2)
    house.clock.jump(2 * MINUTE)
    await refusedWith('stopping', house.lease())
    await refusedWith('stopping', house.begin())
  })
})

/** Any client will do: the fake mints for it. */
async function clientOf(house: BrokerOnFakes) {
  const [client] = house.server.on.refresh.calls.at(-1) ?? []
  return client ?? assert.fail('nobody refreshed')
}

suite('durability, a crash at every step of a refresh', () => {
  /** Where the broker is dropped, and what the restarted one is in. `lost`: the server rotated and nobody knows. */
  const steps = [
    { at: 'before the intent is on the disk', when: intentOnly, lost: false, state: 'active' },
    { at: 'after the intent, before the answer', when: undefined, lost: false, state: 'inDoubt' },
    {
      at: 'after the server rotated, before the save',
      when: grantOfGeneration(2),
      lost: true,
      state: 'inDoubt',
    },
  ] as const

  for (const { at, when, lost, state } of steps) {
    test(`${at}: strict keeps serving and asks again only when needed`, async () => {
      const house = await BrokerOnFakes.signedIn()
      const { accessToken: old } = await house.lease()
      const { reached } = await crash(house, when)
      await reached
      house.restart()
      await house.settle()
      assert.equal(house.state, state)
      const asked = house.server.on.refresh.count
      assert.equal((await house.lease()).accessToken, old)
      assert.equal(house.server.on.refresh.count, asked)
      house.clock.jump(2 * MINUTE)
      if (lost) {
        const refusal = await refusedWith('consent_required', house.lease())
        assert.match(refusal.message, /was lost/)
      } else {
        assert.equal((await house.lease()).generation, 2)
      }
    })
  }

  test('with a grace the lost answer is asked for again at once, and nothing is lost', async () => {
    const house = await BrokerOnFakes.signedIn({ refreshToken: { kind: 'rotating', graceMs: 60_000 } })
    const { reached } = await crash(house, undefined)
    await reached
    house.restart()
    await house.clock.advance(0)
    assert.equal(house.status().generation, 2)
    assert.equal(house.record.intent, null)
  })

  test('after the new tokens are saved a crash costs nothing at all', async () => {
    const house = await BrokerOnFakes.signedIn()
    await house.broker.refresh(WORK, me)
    const { accessToken } = await house.lease()
    house.restart()
    await house.settle()
    assert.equal((await house.lease()).accessToken, accessToken)
    assert.equal(house.server.on.refresh.count, 1)
  })

  test('a record restored from its copy is in doubt, also when its token still works', async () => {
    const house = await BrokerOnFakes.signedIn()
    const stored = house.disk.connections.get(WORK) ?? assert.fail()
    house.disk.connections.set(WORK, { ...stored, restored: true })
    house.restart()
    await house.settle()
    assert.equal(house.state, 'inDoubt')
    assert.equal((await house.lease()).generation, 1)
  })
})

/** Refreshes until the write that `matches` is asked for, or else until the question has left; then all hangs. */
async function crash(house: BrokerOnFakes, matches: ((stored: StoredConnection) => boolean) | undefined) {
  if (matches) {
    const { waiting } = holdCommits(house, matches)
    house.broker.refresh(WORK, me).catch(() => undefined)
    await waiting
    house.disk.beforeCommit = () => Promise.resolve()
    return { reached: waiting }
  }
  const held = house.server.on.refresh.holds()
  house.broker.refresh(WORK, me).catch(() => undefined)
  return { reached: held.called }
}
