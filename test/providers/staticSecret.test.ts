/** What has no OAuth: a secret that a person stores, hands out by policy, and replaces when it ends. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { AddConnection } from '../../shared/contract/newConnection.js'
import { staticSecret } from '../../daemon/providers/staticSecret.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { refusedWith } from '../core/refusedWith.js'

const DAY_MS = 86_400_000
const FIRST = 'npm_first-secret'
const SECOND = 'npm_second-secret'

suite('a stored secret', () => {
  let house: BrokerOnFakes

  setup(() => void (house = new BrokerOnFakes(staticSecret)))
  teardown(() => assert.deepEqual(house.errors, []))

  const inDays = (days: number): string => new Date(house.clock.now() + days * DAY_MS).toISOString()

  /** Asleep, but for the last half minute. */
  const pass = async (ms: number): Promise<void> => {
    house.clock.jump(ms)
    await house.clock.advance(30_000)
  }

  type Asked = Partial<typeof AddConnection._zod.input>
  const request = (more: Asked = {}) =>
    AddConnection.parse({ name: WORK, provider: 'static', clientSecret: FIRST, ...more })
  const store = (more: Asked = {}) => house.broker.add(request(more), me)
  const replace = (clientSecret: string, expiresAt?: string) =>
    house.broker.setSecret(WORK, { clientSecret, ...(expiresAt === undefined ? {} : { expiresAt }) }, me)

  test('P1 static: once stored it is handed out like an access token, until its end, and recorded', async () => {
    const added = await store({ secretExpiresAt: inDays(30) })
    assert.deepEqual([added.state, added.flow, added.issuer], ['active', 'static', ''])
    const { accessToken, expiresAt, scopes, account } = await house.lease()
    assert.deepEqual([accessToken, expiresAt, scopes, account], [FIRST, inDays(30), [], null])
    assert.deepEqual(house.audit.lines(), ['add ok', 'lease ok'])
    assert.equal(house.server.tokenRequests, 0)
  })

  test('P1 static: a restart finds it again, and it never ends when no end was named', async () => {
    await store()
    house.restart()
    await house.settle()
    await pass(400 * DAY_MS)
    assert.equal((await house.lease()).accessToken, FIRST)
    assert.equal(house.status().expiresAt, null)
  })

  test('P1 static: after its end nobody gets it, and a sentence says how to replace it', async () => {
    await store({ secretExpiresAt: inDays(30) })
    await pass(30 * DAY_MS)
    const refusal = await refusedWith('consent_required', house.lease())
    assert.equal(refusal.message, 'work needs a new secret: the stored secret has ended')
    assert.equal(refusal.fix, 'fob provider set-secret work')
    const { state, reason, fix } = house.status()
    assert.deepEqual(
      [state, reason, fix],
      ['consentRequired', 'the stored secret has ended', 'fob provider set-secret work'],
    )
    house.restart()
    await house.settle()
    assert.equal(house.state, 'consentRequired')
  })

  test('P1 static: replaced, the new one is handed out from then on, with its own end', async () => {
    await store({ secretExpiresAt: inDays(1) })
    const before = await house.lease()
    await pass(2 * DAY_MS)
    const status = await replace(SECOND, inDays(90))
    assert.equal(status.state, 'active')
    const { accessToken, expiresAt, generation } = await house.lease()
    assert.deepEqual([accessToken, expiresAt, generation], [SECOND, inDays(90), before.generation + 1])
    house.restart()
    await house.settle()
    assert.equal((await house.lease()).accessToken, SECOND)
  })

  test('P1 static: a reject asks for a new one, and a late reject of the old one changes nothing', async () => {
    await store()
    const { lease } = await house.lease()
    await house.broker.reject(WORK, lease, me)
    const refusal = await refusedWith('consent_required', house.lease())
    assert.match(refusal.message, /reported as refused/)
    await replace(SECOND)
    await house.broker.reject(WORK, lease, me)
    assert.equal((await house.lease()).accessToken, SECOND)
  })

  test('P4 static: one that has ended, was refused, or is not there is explained, with the command that mends it', async () => {
    const told = async (): Promise<unknown> => {
      const { findings } = await house.broker.diagnose(WORK)
      return findings.map(({ what, urgency, fix }) => [what, urgency, fix])
    }
    const mend = { kind: 'run', command: 'fob provider set-secret work' }
    await store({ secretExpiresAt: inDays(30) })
    assert.deepEqual(await told(), [])
    await pass(31 * DAY_MS)
    assert.deepEqual(await told(), [['the stored secret has ended', 'person', mend]])
    await replace(SECOND)
    assert.deepEqual(await told(), [])
    await house.broker.reject(WORK, (await house.lease()).lease, me)
    assert.deepEqual(await told(), [['the stored secret was reported as refused', 'person', mend]])
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    assert.deepEqual(await told(), [['no secret is stored', 'person', mend]])
  })

  test('P1 static: nobody signs in to it or refreshes it, and both say what to do instead', async () => {
    await store()
    for (const asked of [house.begin(), house.broker.refresh(WORK, me)]) {
      await assert.rejects(asked, (error: unknown) => {
        assert.ok(error instanceof Refusal)
        assert.match(error.message, /stored secret/)
        return error.fix === 'fob provider set-secret work'
      })
    }
    assert.equal(house.state, 'active')
  })

  test('P1 static: signed out it is gone here, and the person is told that it still works there', async () => {
    await store()
    const { revoked, left } = await house.broker.signOut(WORK, { forget: false, verify: true }, me)
    assert.equal(revoked, false)
    assert.match(left, /goes on working; end it where it was made/)
    assert.deepEqual(house.disk.connections.get(WORK)?.secrets, {})
    assert.equal((await refusedWith('consent_required', house.lease())).message, 'work has no secret')
    await replace(SECOND)
    assert.equal((await house.lease()).accessToken, SECOND)
  })

  test('a new one that the disk refuses is not handed out before it is saved', async () => {
    await store()
    house.disk.full = true
    await refusedWith('store_unwritable', replace(SECOND))
    assert.equal((await house.lease()).accessToken, FIRST)
    house.disk.full = false
    await house.clock.advance(10_000)
    assert.equal((await house.lease()).accessToken, SECOND)
    house.errors.length = 0
  })

  test('a clock set back before the day it was stored does not end it for good', async () => {
    await store({ secretExpiresAt: inDays(30) })
    house.clock.jump(-365 * DAY_MS)
    await house.clock.advance(60_000)
    house.clock.jump(365 * DAY_MS)
    await house.clock.advance(60_000)
    assert.equal(house.state, 'active')
    assert.equal((await house.lease()).accessToken, FIRST)
  })

  const refused: readonly (readonly [string, Asked, string])[] = [
    ['without a secret', { clientSecret: undefined }, 'clientSecret'],
    ['of two lines', { clientSecret: 'one\ntwo' }, 'clientSecret'],
    ['that has ended', { secretExpiresAt: '2020-01-01T00:00:00.000Z' }, 'expiresAt'],
    ['of a server', { issuer: 'https://id.example.com' }, 'issuer'],
    ['with a client id', { clientId: 'client' }, 'clientId'],
    ['with scopes', { scopes: ['read'] }, 'scopes'],
    ['with a sign-in', { flow: 'device' }, 'flow'],
  ]
  for (const [what, more, field] of refused) {
    test(`one ${what} is refused, and nothing is added`, async () => {
      const { clientSecret, ...rest } = { ...request(), ...more }
      const asked = { ...rest, ...(clientSecret === undefined ? {} : { clientSecret }) }
      const refusal = await refusedWith('bad_request', house.broker.add(AddConnection.parse(asked), me))
      assert.equal(refusal.field, field)
      assert.ok(!refusal.message.includes(FIRST))
      assert.deepEqual(house.broker.connections(), [])
    })
  }

  test('a variable that decides what programs run is refused by the schema', () => {
    assert.equal(AddConnection.safeParse({ ...request(), variable: 'LD_PRELOAD' }).success, false)
    assert.equal(AddConnection.safeParse({ ...request(), variable: 'NPM_TOKEN' }).success, true)
  })

  test('the variable it was stored for is told, also after a restart', async () => {
    assert.equal((await store({ variable: 'NPM_TOKEN' })).variable, 'NPM_TOKEN')
    house.restart()
    await house.settle()
    assert.equal(house.status().variable, 'NPM_TOKEN')
  })
})
