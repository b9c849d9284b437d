import assert from 'node:assert/strict'
import { SealedVault } from '../../../daemon/adapters/vault/vault.js'
import type { ConnectionRecord, StoredConnection } from '../../../daemon/core/record.js'
import type { SecretReference } from '../../../shared/contract/secretReference.js'
import { Secret } from '../../../daemon/core/secret.js'
import { MemoryKeychain } from '../../fakes/keyStores.js'
import { canary, signedIn } from '../../fakes/storedConnection.js'
import { VaultState } from '../../fakes/vaultState.js'

suite('two client secrets on disk', () => {
  let state: VaultState
  let keychain: MemoryKeychain
  setup(() => {
    state = new VaultState()
    keychain = new MemoryKeychain()
  })
  teardown(() => state.remove())

  const start = () => new SealedVault({ state: state.path, keychain })
  const before = { reference: null, until: 7, proof: 'worked' } as const

  function rotating(generation: number, clientSecret: ConnectionRecord['clientSecret']): StoredConnection {
    const { record, secrets } = signedIn('work', generation, canary('new'))
    const old = clientSecret?.before === undefined ? {} : { previousClientSecret: new Secret(canary('old')) }
    return { record: { ...record, clientSecret }, secrets: { ...secrets, ...old } }
  }

  test('both come back as they were, with what is known of them, and neither is in clear', async () => {
    await start().commit(rotating(1, { reference: null, before }))
    assert.doesNotMatch(state.everything(), /canary/)
    const [loaded] = (await start().load()).connections
    assert.deepEqual(loaded?.record.clientSecret, { reference: null, before })
    assert.equal(loaded?.secrets.clientSecret?.reveal(), canary('new'))
    assert.equal(loaded?.secrets.previousClientSecret?.reveal(), canary('old'))
  })

  test('once the old one is let go no copy keeps it', async () => {
    const vault = start()
    await vault.commit(rotating(1, { reference: null, before }))
    await vault.commit(rotating(2, { reference: null, before }))
    assert.ok(state.files().some((path) => path.endsWith('.prev')))
    await vault.commit(rotating(2, { reference: null }))
    assert.ok(!state.files().some((path) => path.endsWith('.prev')))
  })

  test('where a secret is kept elsewhere comes back, and is no secret', async () => {
    const reference: SecretReference = { kind: 'exec', argv: ['/usr/bin/pass', 'show', 'work'] }
    const { record, secrets } = signedIn('work', 1)
    await start().commit({ record: { ...record, clientSecret: { reference } }, secrets })
    const [loaded] = (await start().load()).connections
    assert.deepEqual(loaded?.record.clientSecret, { reference })
  })
})
