import assert from 'node:assert/strict'
import { ProviderId, type ConnectionName } from '../../shared/contract/ids.js'
import { AddConnection } from '../../shared/contract/newConnection.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { signedIn } from '../fakes/storedConnection.js'
import { refusedWith } from './refusedWith.js'

suite('connections of a vault', () => {
  test('while the vault is locked callers are told, and once it opens they are served', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.disk.locked = true
    house.restart()
    await refusedWith('vault_locked', house.lease())
    await refusedWith('vault_locked', house.add())
    assert.equal((await house.broker.vault({ action: 'unlock' }, me)).state, 'locked')
    assert.equal(house.broker.health().healthy, false)
    house.disk.locked = false
    await house.clock.advance(30_000)
    assert.equal((await house.lease()).generation, 1)
    assert.ok(house.events.some((event) => event.type === 'vault' && event.vault.state === 'open'))
  })

  test('an unlock by a person serves at once', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.disk.locked = true
    house.restart()
    await house.settle()
    house.disk.locked = false
    assert.equal((await house.broker.vault({ action: 'unlock' }, me)).state, 'open')
    assert.equal((await house.lease()).generation, 1)
  })

  test('callers that come before the vault is read wait for it', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.restart()
    const lease = house.broker.lease(
      { connection: WORK, minValidityMs: 0, scopes: undefined, resource: undefined },
      me,
    )
    assert.ok(lease instanceof Promise)
    assert.equal((await lease).generation, 1)
  })

  test('whoever lists before the vault is read waits, so that nothing seems to be missing', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.restart()
    assert.deepEqual(house.broker.connections(), [])
    await house.broker.looked()
    assert.deepEqual(
      house.broker.connections().map(({ name }) => name),
      [WORK],
    )
  })

  test('an unknown name is said again only while it cannot be a token', async () => {
    const house = await BrokerOnFakes.signedIn()
    const refused = (name: string) =>
      refusedWith('unknown_connection', house.broker.refresh(name as ConnectionName, me))
    assert.match((await refused('wrk')).message, /no connection wrk; did you mean work\?/)
    for (const token of ['Zk3uV0qW', 'f81d4fae7dec11d0a76500a0c91e6bf6']) {
      assert.equal((await refused(token)).message, 'there is no connection of that name')
    }
  })

  test('an existing name is refused and nothing changes', async () => {
    const house = await BrokerOnFakes.signedIn()
    const refusal = await refusedWith('connection_exists', house.add({ clientId: 'other' }))
    assert.equal(refusal.fix, 'fob sign-in work')
    assert.equal(house.record.definition.clientId, 'client')
    assert.equal((await house.lease()).generation, 1)
  })

  test('a name that belongs to one server is not taken to another, and it is said why', async () => {
    const house = await BrokerOnFakes.signedIn()
    const issuer = house.record.definition.server?.issuer ?? ''
    const refusal = await refusedWith('connection_exists', house.add({ issuer: 'https://other.example' }))
    assert.match(refusal.message, new RegExp(`belongs to ${issuer}, .* not to https://other.example`))
    assert.equal(refusal.field, 'body.issuer')
    assert.equal(refusal.fix, 'fob sign-out work --forget')
    assert.equal(house.record.definition.server?.issuer, issuer)
  })

  test('of two that add the same name at once one is refused', async () => {
    const house = new BrokerOnFakes()
    const results = await Promise.allSettled([house.add({ clientId: 'a' }), house.add({ clientId: 'b' })])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    assert.equal(house.record.definition.clientId, 'a')
  })

  test('a name that could not be added is free again', async () => {
    const house = new BrokerOnFakes()
    await refusedWith('bad_request', house.add({ issuer: 'http://plain.test' }))
    house.disk.full = true
    await refusedWith('store_unwritable', house.add())
    house.disk.full = false
    assert.equal((await house.add()).state, 'signedOut')
  })

  test('a client id that nobody named is refused with the option to name it by', async () => {
    const house = new BrokerOnFakes()
    const plain = { name: WORK, provider: 'oidc', issuer: 'https://server.test' }
    const withSecret = AddConnection.parse({ ...plain, clientSecret: 'of-a-client' })
    const refusal = await refusedWith('bad_request', house.broker.add(withSecret, me))
    assert.deepEqual([refusal.field, refusal.fix], ['clientId', 'fob add oidc --client-id ID'])
    assert.match(refusal.message, /client id registered at the provider/)
    // The server says of itself that it registers none.
    const nameless = await refusedWith('misconfigured', house.broker.add(AddConnection.parse(plain), me))
    assert.equal(nameless.fix, "fob add oidc --name work --issuer 'https://server.test' --client-id ID")
    assert.deepEqual(house.broker.connections(), [])
  })

  test('only a stored secret brings a variable of its own', async () => {
    const house = new BrokerOnFakes()
    const refusal = await refusedWith('bad_request', house.add({ variable: 'WORK_TOKEN' }))
    assert.equal(refusal.field, 'variable')
  })

  test('the end of the secret of a client is kept with it, and must be to come', async () => {
    const house = new BrokerOnFakes()
    const secretExpiresAt = '2031-01-01T00:00:00.000Z'
    const past = { clientSecret: 'secret', secretExpiresAt: '2020-01-01T00:00:00.000Z' }
    assert.equal((await refusedWith('bad_request', house.add(past))).field, 'secretExpiresAt')
    assert.equal((await refusedWith('bad_request', house.add({ secretExpiresAt }))).field, 'secretExpiresAt')
    await house.add({ clientSecret: 'secret', secretExpiresAt })
    assert.equal(house.status().clientSecret?.expiresAt, secretExpiresAt)
    house.restart()
    await house.settle()
    assert.equal(house.status().clientSecret?.expiresAt, secretExpiresAt)
    const later = { clientSecret: 'another', expiresAt: past.secretExpiresAt }
    const refused = await refusedWith('bad_request', house.broker.setSecret(WORK, later, me))
    assert.equal(refused.field, 'body.expiresAt')
    await house.broker.setSecret(WORK, { clientSecret: 'another' }, me)
    assert.equal(house.status().clientSecret?.expiresAt, null)
  })

  test('an unknown provider is refused with the list', async () => {
    const house = new BrokerOnFakes()
    const refusal = await refusedWith('unknown_provider', house.add({ provider: ProviderId.parse('oicd') }))
    assert.match(refusal.message, /did you mean oidc\?/)
    const byName = await refusedWith('unknown_provider', house.add({ provider: ProviderId.parse('openid') }))
    assert.match(byName.message, /did you mean oidc\?/)
    for (const typed of ['far-away', 'id']) {
      const { message } = await refusedWith(
        'unknown_provider',
        house.add({ provider: ProviderId.parse(typed) }),
      )
      assert.ok(!message.includes('did you mean'), message)
    }
  })

  test('a connection of a provider this version does not know is named, kept, and never written over', async () => {
    const house = new BrokerOnFakes()
    const stored = signedIn('work', 3)
    const definition = { ...stored.record.definition, provider: ProviderId.parse('later') }
    const record = { ...stored.record, definition }
    house.disk.connections.set(WORK, { ...stored, record, restored: false })
    house.restart()
    await house.settle()
    assert.match(house.broker.quarantined().join(), /work: its provider later is unknown/)
    await refusedWith('connection_exists', house.add())
    assert.equal(house.record.generation, 3)
  })

  test('health says of each connection whether it can be served', async () => {
    const house = await BrokerOnFakes.signedIn()
    assert.deepEqual(house.broker.health(), {
      healthy: true,
      connections: [{ name: WORK, state: 'active', servable: true }],
    })
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    assert.equal(house.broker.health().healthy, false)
  })

  test('moving the vault is recorded and told', async () => {
    const house = await BrokerOnFakes.signedIn()
    assert.equal((await house.broker.vault({ action: 'move', to: 'keyFile' }, me)).keySource, 'keyFile')
    assert.equal(house.audit.lines().at(-1), 'vaultMove ok')
    assert.equal(house.broker.vaultStatus().keySource, 'keyFile')
  })
})
