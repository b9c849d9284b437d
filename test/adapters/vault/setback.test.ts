import assert from 'node:assert/strict'
import { SealedVault } from '../../../daemon/adapters/vault/vault.js'
import type { Setback } from '../../../daemon/core/setback.js'
import { MemoryKeychain } from '../../fakes/keyStores.js'
import { signedIn } from '../../fakes/storedConnection.js'
import { VaultState } from '../../fakes/vaultState.js'

suite('a setback on disk', () => {
  let state: VaultState
  setup(() => void (state = new VaultState()))
  teardown(() => state.remove())

  test('comes back with what the provider wants proven, letter by letter, and as well without', async () => {
    const keychain = new MemoryKeychain()
    const start = () => new SealedVault({ state: state.path, keychain })
    const plain: Setback = {
      at: 7,
      during: 'refresh',
      kind: 'refused',
      word: '50076',
      error: 'insufficient_user_authentication',
      said: 'AADSTS50076',
      status: 400,
      matter: null,
      redirectUri: '',
    }
    const { record, secrets } = signedIn('work', 1)
    for (const setback of [plain, { ...plain, claimsChallenge: '{ "access_token": {"polids":{}}}' }]) {
      await start().commit({ record: { ...record, setback }, secrets })
      const [loaded] = (await start().load()).connections
      assert.deepEqual(loaded?.record.setback, setback)
    }
  })
})
