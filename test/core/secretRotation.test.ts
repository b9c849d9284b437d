import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { oauthErrorOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { refusedWith } from './refusedWith.js'

const HOUR = 3_600_000
const OLD = 'the-old-secret'
const NEW = 'the-new-secret'
const PLACE = { kind: 'file', path: '/run/secrets/work' } as const
const IN_PLACE = 'file:/run/secrets/work'

suite('the rotation of a client secret', () => {
  let house: BrokerOnFakes

  setup(async () => {
    house = await BrokerOnFakes.signedIn()
    house.server.lifetimeMs = 24 * HOUR
    house.server.clientSecrets = [OLD]
    await house.broker.setSecret(WORK, { clientSecret: OLD }, me)
    await house.settle()
  })
  teardown(() => assert.deepEqual(house.errors, []))

  /** The secrets presented while this was done, in order, whatever came of it. */
  async function presented(work: () => Promise<unknown>): Promise<string[]> {
    const { refresh } = house.server.on
    const from = refresh.count
    await work().catch((error: unknown) => assert.ok(error instanceof Refusal, String(error)))
    return refresh.calls.slice(from).map(([client]) => client.secret?.reveal() ?? '')
  }

  const refreshed = () => presented(() => house.broker.refresh(WORK, me))
  const rotate = (clientSecret = NEW, hours = 24) =>
    house.broker.rotateSecret(WORK, { clientSecret, overlapSeconds: hours * 3_600 }, me)
  const before = () => house.status().clientSecret?.before
  const kept = () => {
    const { clientSecret, previousClientSecret } = house.disk.connections.get(WORK)?.secrets ?? {}
    return [clientSecret?.reveal(), previousClientSecret?.reveal()]
  }
  const until = (hours: number) => new Date(house.clock.now() + hours * HOUR).toISOString()

  test('tries the new one at once, and keeps the old one beside it until the overlap is over', async () => {
    house.server.clientSecrets = [OLD, NEW]
    const told = { until: until(24), proof: 'worked' }
    const { generation } = house.status()
    assert.deepEqual(await presented(rotate), [NEW])
    assert.deepEqual(before(), told)
    assert.equal(house.status().generation, generation + 1)
    await house.settle()
    assert.deepEqual(kept(), [NEW, OLD])
    assert.deepEqual(house.audit.lines().slice(-2), ['refresh ok', 'rotateSecret ok'])
    house.clock.jump(23 * HOUR)
    await house.clock.advance(30_000)
    assert.deepEqual(kept(), [NEW, OLD])
    house.events.length = 0
    house.clock.jump(HOUR)
    await house.clock.advance(30_000)
    assert.deepEqual(kept(), [NEW, undefined])
    assert.equal(before(), null)
    assert.ok(house.events.some((event) => event.type === 'connection'))
  })

  test('both are durable before the new one is tried', async () => {
    house.server.clientSecrets = [OLD, NEW]
    const held = house.server.on.refresh.holds()
    const rotated = rotate()
    const [client] = await held.called
    assert.equal(client.secret?.reveal(), NEW)
    assert.deepEqual(kept(), [NEW, OLD])
    house.restart()
    await house.settle()
    assert.deepEqual(before()?.proof, 'untried')
    held.answer(oauthErrorOutcome('server_error', 503))
    void rotated.catch(() => undefined)
  })

  test('a new one that the provider refuses is not kept, and the old one goes on', async () => {
    const { generation } = house.status()
    const refusal = await refusedWith('provider_refused', rotate())
    assert.match(refusal.message, /does not take the new client secret of work; the one before stays in use/)
    assert.deepEqual([refusal.field, refusal.fix], ['body.clientSecret', 'fob provider rotate-secret work'])
    assert.deepEqual(kept(), [OLD, undefined])
    assert.equal(before(), null)
    assert.deepEqual([house.state, house.status().generation], ['active', generation + 1])
    assert.equal(house.audit.lines().at(-1), 'rotateSecret provider_refused')
    assert.deepEqual(await refreshed(), [OLD])
  })

  test('with neither taken that is said, and nothing is lost', async () => {
    house.server.clientSecrets = []
    const refusal = await refusedWith('provider_refused', rotate())
    assert.match(refusal.message, /nor did the one before help/)
    assert.deepEqual(kept(), [OLD, undefined])
    assert.deepEqual([house.state, house.status().fix], ['blocked', 'fob provider set-secret work'])
    house.server.clientSecrets = [NEW]
    assert.deepEqual(await presented(rotate), [NEW])
    assert.equal(house.state, 'active')
  })

  test('while the provider cannot be asked both are kept, and the next exchange proves the new one', async () => {
    house.server.on.refresh.answers({ kind: 'unreachable', reason: 'no route' })
    const { clientSecret } = await rotate()
    assert.equal(clientSecret?.before?.proof, 'untried')
    assert.equal(house.audit.lines().at(-1), 'rotateSecret unproved')
    assert.deepEqual(kept(), [NEW, OLD])
    house.server.clientSecrets = [OLD, NEW]
    assert.deepEqual(await refreshed(), [NEW])
    assert.equal(before()?.proof, 'worked')
  })

  test('one found out to be refused later leaves the old one serving, however long, and says so', async () => {
    house.server.on.refresh.answers({ kind: 'unreachable', reason: 'no route' })
    await rotate(NEW, 1)
    assert.deepEqual(await refreshed(), [NEW, OLD])
    assert.deepEqual([house.state, before()?.proof], ['active', 'failed'])
    const [told, ...others] = (await house.broker.diagnose(undefined)).findings
    assert.deepEqual(others, [])
    assert.match(told?.what ?? '', /new client secret does not work, and the one before it serves on/)
    assert.match(told?.evidence.join() ?? '', /the new one is kept in the vault; it was tried first/)
    assert.deepEqual(told?.fix, { kind: 'run', command: 'fob provider rotate-secret work' })
    assert.deepEqual([told?.matter, told?.urgency], ['client', 'note'])
    house.clock.jump(2 * HOUR)
    await house.clock.advance(30_000)
    assert.deepEqual(kept(), [NEW, OLD])
    assert.deepEqual(await refreshed(), [OLD], 'after the overlap the one that works is asked with first')
    house.server.clientSecrets = [NEW]
    assert.deepEqual(await refreshed(), [OLD, NEW])
    await house.settle()
    assert.deepEqual(kept(), [NEW, undefined])
    assert.deepEqual((await house.broker.diagnose(undefined)).findings, [])
  })

  test('a server that does not know the new one yet is asked with the old one within the overlap', async () => {
    house.server.clientSecrets = [OLD, NEW]
    await rotate()
    house.server.clientSecrets = [OLD]
    assert.deepEqual(await refreshed(), [NEW, OLD])
    assert.deepEqual([house.state, before()?.proof], ['active', 'failed'])
    house.server.clientSecrets = [NEW]
    assert.deepEqual(await refreshed(), [NEW])
    assert.equal(before()?.proof, 'worked')
  })

  test('a refresh token is presented with the other secret as it was, so that nothing is lost', async () => {
    house.server.on.refresh.answers({ kind: 'unreachable', reason: 'no route' })
    await rotate()
    const token = house.storedRefreshToken
    await refreshed()
    const sent = house.server.on.refresh.calls.slice(-2).map(([, sent]) => sent.reveal())
    assert.deepEqual(sent, [token, token])
    assert.notEqual(house.storedRefreshToken, token)
  })

  test('an answer that says nothing of the client is no reason to try the old one', async () => {
    house.server.on.refresh.answers(oauthErrorOutcome('server_error', 503))
    assert.deepEqual(await presented(rotate), [NEW])
    assert.deepEqual(kept(), [NEW, OLD])
    assert.equal(before()?.proof, 'untried')
  })

  test('with no overlap the old one is gone as soon as the new one has worked', async () => {
    house.server.clientSecrets = [NEW]
    const { clientSecret } = await rotate(NEW, 0)
    assert.equal(clientSecret?.before, null)
    await house.settle()
    assert.deepEqual(kept(), [NEW, undefined])
  })

  test('a second rotation keeps the one that is known to work, not the one that never did', async () => {
    house.server.on.refresh.answers({ kind: 'unreachable', reason: 'no route' })
    await rotate('mistyped')
    house.server.on.refresh.answers({ kind: 'unreachable', reason: 'no route' })
    await rotate()
    assert.deepEqual(kept(), [NEW, OLD])
    house.server.clientSecrets = [OLD, NEW]
    await refreshed()
    house.server.clientSecrets = [NEW, 'third']
    await rotate('third')
    assert.deepEqual(kept(), ['third', NEW])
  })

  test('a crash at any write leaves the old one, or both', async () => {
    house.disk.beforeCommit = () => new Promise(() => undefined)
    void rotate()
    await house.settle()
    house.disk.beforeCommit = () => Promise.resolve()
    house.restart()
    await house.settle()
    assert.deepEqual(kept(), [OLD, undefined])
    // Refused, and the way back does not reach the disk.
    let writes = 0
    house.disk.beforeCommit = async ({ secrets }) => {
      if (secrets.previousClientSecret === undefined) await new Promise(() => undefined)
      writes += 1
    }
    void rotate()
    await house.settle()
    assert.ok(writes > 0)
    house.disk.beforeCommit = () => Promise.resolve()
    house.restart()
    await house.settle()
    assert.deepEqual(kept(), [NEW, OLD])
    assert.deepEqual((await refreshed()).at(-1), OLD)
    assert.equal(house.state, 'active')
  })

  test('a disk that refuses the rotation leaves the old one alone in use, and nobody is asked', async () => {
    house.disk.full = true
    const asked = await presented(rotate)
    house.disk.full = false
    assert.deepEqual(asked, [])
    assert.equal(before(), null)
    assert.deepEqual(await refreshed(), [OLD])
  })

  test('set-secret, which is no rotation, keeps nothing of before', async () => {
    house.server.clientSecrets = [OLD, NEW]
    await rotate()
    await house.broker.setSecret(WORK, { clientSecret: 'third' }, me)
    await house.settle()
    assert.deepEqual(kept(), ['third', undefined])
  })

  test('from the vault to a place elsewhere and back, each is tried where it is', async () => {
    const { secrets } = house.secretReferences
    secrets.set(IN_PLACE, NEW)
    house.server.clientSecrets = [OLD, NEW]
    await house.broker.rotateSecret(WORK, { clientSecretFrom: PLACE, overlapSeconds: 3_600 }, me)
    assert.deepEqual(kept(), [undefined, OLD])
    assert.equal(before()?.proof, 'worked')
    secrets.set(IN_PLACE, new Refusal('misconfigured', 'it is gone', { fix: 'ls -l' }))
    assert.deepEqual(await refreshed(), [OLD], 'one that cannot be read is as good as refused')
    secrets.set(IN_PLACE, NEW)
    await refreshed()
    house.server.clientSecrets = ['third']
    await rotate('third', 0)
    await house.settle()
    assert.deepEqual(kept(), ['third', undefined])
  })

  test('a place that cannot be read is refused before anything changes', async () => {
    const asked = await presented(async () => {
      const refusal = await refusedWith(
        'misconfigured',
        house.broker.rotateSecret(WORK, { clientSecretFrom: PLACE, overlapSeconds: 3_600 }, me),
      )
      assert.match(refusal.message, /there is no file:/)
    })
    assert.deepEqual(asked, [])
    assert.deepEqual(kept(), [OLD, undefined])
  })

  test('the same secret again, none, both, and what has none are refused with the field', async () => {
    assert.equal((await refusedWith('bad_request', rotate(OLD))).field, 'body.clientSecret')
    const both = { clientSecret: NEW, clientSecretFrom: PLACE, overlapSeconds: 0 }
    await refusedWith('bad_request', house.broker.rotateSecret(WORK, both, me))
    await refusedWith('bad_request', house.broker.rotateSecret(WORK, { overlapSeconds: 0 }, me))
    const open = await BrokerOnFakes.signedIn()
    const refusal = await refusedWith(
      'bad_request',
      open.broker.rotateSecret(WORK, { clientSecret: NEW, overlapSeconds: 0 }, me),
    )
    assert.match(refusal.message, /has no client secret that could be rotated/)
    assert.equal(refusal.fix, 'fob provider set-secret work')
  })

  test('of who is not signed in both are kept, and the sign-in proves the new one', async () => {
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    const { clientSecret } = await rotate()
    assert.equal(clientSecret?.before?.proof, 'untried')
    house.server.clientSecrets = [NEW]
    await house.signIn()
    assert.deepEqual([house.state, before()?.proof], ['active', 'worked'])
  })

  test('a sign-out ends tokens with the old one where the new one is not taken', async () => {
    house.server.on.refresh.answers({ kind: 'unreachable', reason: 'no route' })
    await rotate()
    const { revoke } = house.server.on
    for (let times = 0; times < 2; times += 1) revoke.answers({ kind: 'failed', reason: 'invalid_client' })
    const { revoked } = await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    assert.equal(revoked, true)
    const with2 = revoke.calls.map(([client]) => client.secret?.reveal())
    assert.ok(with2.includes(OLD) && with2.includes(NEW))
  })

  test('a device sign-in begins with the old one when the new one is refused', async () => {
    house.server.on.refresh.answers({ kind: 'unreachable', reason: 'no route' })
    await rotate()
    const { beginDevice } = house.server.on
    beginDevice.does(() => Promise.reject(new Refusal('provider_refused', 'invalid_client')))
    const begun = await house.begin({ flow: 'device' })
    assert.equal(begun.kind, 'device')
    assert.deepEqual(
      beginDevice.calls.map(([client]) => client.secret?.reveal()),
      [NEW, OLD],
    )
  })
})
