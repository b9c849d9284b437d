import assert from 'node:assert/strict'
import type { AddConnection } from '../../shared/contract/newConnection.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { SecretReference } from '../../shared/contract/secretReference.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { refusedWith } from './refusedWith.js'

const FILE = { kind: 'file', path: '/run/secrets/work' } as const
const PROGRAM: SecretReference = { kind: 'exec', argv: ['/usr/bin/pass', 'show', 'work'] }
const IN_FILE = 'file:/run/secrets/work'
const BY_PROGRAM = 'exec:/usr/bin/pass'
const MINUTE = 60_000

suite('a client secret that somebody else keeps', () => {
  let house: BrokerOnFakes

  setup(() => {
    house = new BrokerOnFakes()
    house.server.lifetimeMs = 60 * MINUTE
    house.secretReferences.secrets.set(IN_FILE, 'in the file').set(BY_PROGRAM, 'printed')
  })
  teardown(() => assert.deepEqual(house.errors, []))

  const added = (more: Partial<AddConnection> = { clientSecretFrom: FILE }) =>
    house.add({ flow: 'client-credentials', ...more })
  const presented = () => house.server.on.clientCredentials.calls.at(-1)?.[0].secret?.reveal()
  const stored = () => house.disk.connections.get(WORK)
  const keeps = (place: string, secret: string | Refusal) => house.secretReferences.secrets.set(place, secret)

  test('is looked for when it is added, so that the server is asked with it, and is not stored', async () => {
    const { clientSecret } = await added()
    assert.equal(house.server.on.pin.calls[0]?.[0].clientSecret, 'in the file')
    assert.equal(stored()?.secrets.clientSecret, undefined)
    assert.deepEqual(stored()?.record.clientSecret, { reference: FILE })
    assert.deepEqual(clientSecret, { source: IN_FILE, expiresAt: null, before: null })
  })

  test('in a file is read at each use, also after a restart, so that a changed one counts at once', async () => {
    await added()
    await house.begin()
    assert.equal(presented(), 'in the file')
    keeps(IN_FILE, 'changed')
    await house.broker.refresh(WORK, me)
    assert.equal(presented(), 'changed')
    house.restart()
    await house.settle()
    keeps(IN_FILE, 'changed again')
    await house.broker.refresh(WORK, me)
    assert.equal(presented(), 'changed again')
    assert.equal(house.status().clientSecret?.source, IN_FILE)
  })

  test('that a program prints serves for a minute, and is asked for again after that', async () => {
    await added({ clientSecretFrom: PROGRAM })
    await house.begin()
    await house.broker.refresh(WORK, me)
    assert.deepEqual(house.secretReferences.asked, [BY_PROGRAM])
    await house.clock.advance(MINUTE)
    keeps(BY_PROGRAM, 'printed anew')
    await house.broker.refresh(WORK, me)
    assert.equal(presented(), 'printed anew')
    assert.deepEqual(house.secretReferences.asked, [BY_PROGRAM, BY_PROGRAM])
  })

  test('that was changed within the minute is tried at once when the server refuses the old one', async () => {
    await added({ clientSecretFrom: PROGRAM })
    await house.begin()
    keeps(BY_PROGRAM, 'changed there')
    house.server.clientSecrets = ['changed there']
    const { generation } = house.status()
    await house.broker.refresh(WORK, me)
    assert.deepEqual([house.state, presented()], ['active', 'changed there'])
    assert.equal(house.status().generation, generation + 1)
  })

  test('that the server refuses and that is still the same is asked with once', async () => {
    await added({ clientSecretFrom: PROGRAM })
    await house.begin()
    house.server.clientSecrets = ['another']
    const before = house.server.tokenRequests
    const refusal = await refusedWith('misconfigured', house.broker.refresh(WORK, me))
    assert.equal(house.server.tokenRequests, before + 1)
    assert.equal(refusal.fix, 'fob provider set-secret work')
    assert.equal(house.state, 'blocked')
  })

  test('that was printed once is not kept when the next run fails', async () => {
    await added({ clientSecretFrom: PROGRAM })
    await house.clock.advance(MINUTE)
    keeps(BY_PROGRAM, new Refusal('retry_later', 'the manager is locked'))
    await refusedWith('provider_refused', house.begin())
    keeps(BY_PROGRAM, 'unlocked')
    await house.begin()
    assert.equal(presented(), 'unlocked')
  })

  test('that cannot be read when it is added is refused with the field, and nothing is added', async () => {
    keeps(
      IN_FILE,
      new Refusal('misconfigured', 'others may read it', { field: 'clientSecretFrom', fix: 'chmod' }),
    )
    const refusal = await refusedWith('misconfigured', added())
    assert.deepEqual([refusal.field, refusal.fix], ['clientSecretFrom', 'chmod'])
    assert.deepEqual(house.broker.connections(), [])
    assert.equal(house.server.on.pin.count, 0)
    keeps(IN_FILE, 'mended')
    assert.equal((await added()).state, 'signedOut')
  })

  test('that needs a person blocks the connection with what to type, and sends nothing', async () => {
    await added()
    await house.begin()
    const before = house.server.tokenRequests
    keeps(IN_FILE, new Refusal('misconfigured', 'it is gone', { fix: 'ls -l' }))
    const refusal = await refusedWith('misconfigured', house.broker.refresh(WORK, me))
    assert.equal(refusal.fix, 'ls -l && fob refresh work')
    assert.deepEqual([house.state, house.status().fix], ['blocked', 'ls -l && fob refresh work'])
    assert.equal(house.server.tokenRequests, before)
    const [finding] = (await house.broker.diagnose(WORK)).findings
    assert.deepEqual([finding?.matter, finding?.urgency], ['client', 'person'])
    assert.deepEqual(finding?.evidence.slice(0, 2), ['it is gone', `it is kept at ${IN_FILE}`])
    assert.deepEqual(finding?.fix, { kind: 'run', command: 'ls -l && fob refresh work' })
    keeps(IN_FILE, 'mended')
    await house.broker.refresh(WORK, me)
    assert.deepEqual([house.state, presented()], ['active', 'mended'])
  })

  test('that is out of reach for a while is asked for again, and the access token serves meanwhile', async () => {
    await added()
    await house.begin()
    const { accessToken } = await house.lease()
    keeps(IN_FILE, new Refusal('retry_later', 'the manager is locked'))
    await refusedWith('retry_later', house.broker.refresh(WORK, me))
    assert.equal(house.state, 'retrying')
    assert.match(house.status().reason, /the manager is locked; works until/)
    assert.deepEqual((await house.broker.diagnose(WORK)).findings[0]?.fix, { kind: 'wait' })
    assert.equal((await house.lease()).accessToken, accessToken)
    keeps(IN_FILE, 'unlocked')
    await house.clock.advance(5_000)
    assert.deepEqual([house.state, presented()], ['active', 'unlocked'])
  })

  test('that cannot be read at a sign-in ends it with the reason', async () => {
    await added()
    keeps(IN_FILE, new Refusal('misconfigured', 'it is gone', { fix: 'ls -l' }))
    const refusal = await refusedWith('provider_refused', house.begin())
    assert.match(refusal.message, /it is gone/)
    assert.equal(refusal.fix, 'ls -l && fob sign-in work')
  })

  test('does not end a sign-in by device while it is out of reach for a moment', async () => {
    await house.add({ flow: 'device', clientSecretFrom: PROGRAM })
    const begun = await house.begin()
    assert.equal(begun.kind, 'device')
    const request = house.server.on.beginDevice.calls.length
    assert.equal(request, 1)
    await house.clock.advance(MINUTE)
    keeps(BY_PROGRAM, new Refusal('retry_later', 'the manager is locked'))
    await house.clock.advance(30_000)
    assert.equal(house.state, 'authorizing')
    keeps(BY_PROGRAM, 'unlocked')
    await house.broker.cancelConsent(WORK, me)
  })

  test('takes the place of one in the vault, which is gone then, and the other way round', async () => {
    await added({ clientSecret: 'kept' })
    await house.begin()
    assert.deepEqual([presented(), house.status().clientSecret?.source], ['kept', 'vault'])
    await house.broker.setSecret(WORK, { clientSecretFrom: FILE }, me)
    await house.broker.refresh(WORK, me)
    assert.equal(presented(), 'in the file')
    assert.equal(stored()?.secrets.clientSecret, undefined)
    await house.broker.setSecret(WORK, { clientSecret: 'kept again' }, me)
    house.restart()
    await house.settle()
    await house.broker.refresh(WORK, me)
    assert.deepEqual([presented(), house.status().clientSecret?.source], ['kept again', 'vault'])
  })

  test('that the disk refuses to note leaves the one before in use', async () => {
    await added({ clientSecret: 'kept' })
    await house.begin()
    house.disk.full = true
    await refusedWith('store_unwritable', house.broker.setSecret(WORK, { clientSecretFrom: FILE }, me))
    house.disk.full = false
    await house.broker.refresh(WORK, me)
    assert.equal(presented(), 'kept')
  })

  test('and one that is given are too many, and neither is too few', async () => {
    const both = { clientSecret: 'kept', clientSecretFrom: FILE }
    assert.equal((await refusedWith('bad_request', added(both))).field, 'clientSecretFrom')
    await added()
    await refusedWith('bad_request', house.broker.setSecret(WORK, both, me))
    assert.equal(
      (await refusedWith('bad_request', house.broker.setSecret(WORK, {}, me))).field,
      'clientSecret',
    )
  })

  test('ends tokens at sign-out with what it is then, and says so when it cannot be read', async () => {
    await house.add({ clientSecretFrom: FILE })
    await house.signIn()
    keeps(IN_FILE, new Refusal('misconfigured', 'it is gone'))
    const { revoked, left } = await house.broker.signOut(WORK, { forget: false, verify: true }, me)
    assert.equal(revoked, false)
    assert.match(left, /could not be revoked: it is gone/)
    assert.equal(house.state, 'signedOut')
  })
})
